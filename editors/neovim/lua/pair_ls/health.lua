--- `:checkhealth pair_ls`
local M = {}

function M.check()
  local health = vim.health
  health.start('pair_ls')
  if vim.fn.has('nvim-0.10') == 1 then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    return health.error('Neovim 0.10 or newer is needed')
  end
  local pair = require('pair_ls')
  local program = pair.options.cmd[1]
  if vim.fn.executable(program) == 0 then
    health.error(('`%s` is not on the PATH'):format(program), { '`pip install pair-ls`', "or `require('pair_ls').setup({ cmd = { '/path/to/pair-ls', 'lsp' } })`" })
  else
    local printed = vim.system({ program, '--version' }, { text = true }):wait(10000)
    if printed.code == 0 then health.ok(vim.trim(printed.stdout)) else health.error(('`%s --version` failed: %s'):format(program, printed.stderr or '')) end
  end
  local client = pair.client()
  if not client then return health.info('No server is running: open a file') end
  health.ok(('The server runs in %s'):format(client.config.root_dir or '?'))
  local debounce = (client.flags or client.config.flags or {}).debounce_text_changes
  if debounce == 0 then
    health.ok('Each key is told at once')
  else
    health.warn('debounce_text_changes is ' .. tostring(debounce), 'Set it to 0: others see your typing up to 150 ms late otherwise')
  end
  health.info(pair.status.summary ~= '' and pair.status.summary or 'Not in a room')
end

return M
