--- Starts the language server for ordinary files and connects what Neovim can show to what the server knows.
local edits = require('pair_ls.edits')
local cursors = require('pair_ls.cursors')

local M = {}

--- @class PairLsOptions
--- @field cmd string[]? how to start the server
--- @field name string? the name others see
--- @field hub_url string? the hub to share on
--- @field autostart boolean? start with the first file (default true)
M.options = { cmd = { 'pair-ls', 'lsp' }, autostart = true }

--- The last `pair/status`, for statuslines: `require('pair_ls').status.summary`.
M.status = { summary = '', state = 'none' }
--- The last `pair/participants`.
M.participants = {}

local ROOT_MARKERS = { '.pair-ls', '.git' }

local function is_ordinary_file(bufnr)
  return vim.bo[bufnr].buftype == '' and vim.api.nvim_buf_get_name(bufnr) ~= ''
end

--- The folder that is or would be shared: the joined one, the repository, or the file's own.
function M.root(bufnr)
  local name = vim.api.nvim_buf_get_name(bufnr)
  return vim.fs.root(bufnr, '.pair-ls') or vim.fs.root(bufnr, '.git') or (name ~= '' and vim.fs.dirname(name)) or vim.uv.cwd()
end

--- What `vim.lsp.start` and `vim.lsp.config` take.
function M.config()
  return {
    name = 'pair_ls',
    cmd = M.options.cmd,
    cmd_env = { PAIR_LS_NAME = M.options.name, PAIR_LS_HUB_URL = M.options.hub_url },
    root_markers = ROOT_MARKERS,
    init_options = { pair = { cursors = true, status = true, applyEdit = true } },
    -- Each key is told at once: the server then always knows the buffer that a versioned edit is for.
    flags = { debounce_text_changes = 0 },
    handlers = {
      ['pair/applyEdit'] = edits.apply,
      ['pair/cursors'] = cursors.show,
      ['pair/status'] = function(_, params)
        M.status = params
        if params.state == 'none' then cursors.clear_all() end
        vim.api.nvim_exec_autocmds('User', { pattern = 'PairStatus', data = params })
      end,
      ['pair/participants'] = function(_, params) M.participants = params.participants end,
    },
    on_attach = function(client, bufnr) cursors.watch(client, bufnr) end,
  }
end

function M.start(bufnr)
  if not is_ordinary_file(bufnr) then return end
  return vim.lsp.start(vim.tbl_extend('force', M.config(), { root_dir = M.root(bufnr) }), { bufnr = bufnr })
end

--- @param options PairLsOptions?
function M.setup(options)
  M.options = vim.tbl_extend('force', M.options, options or {})
  if not M.options.autostart then return end
  vim.api.nvim_create_autocmd({ 'BufReadPost', 'BufNewFile' }, {
    group = vim.api.nvim_create_augroup('pair_ls', { clear = true }),
    callback = function(event) M.start(event.buf) end,
  })
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) then M.start(bufnr) end
  end
end

--- The client of a buffer, or any: a room belongs to the folder, not to one buffer.
function M.client(bufnr)
  local get = vim.lsp.get_clients
  return get({ name = 'pair_ls', bufnr = bufnr or 0 })[1] or get({ name = 'pair_ls' })[1]
end

--- Runs one of the server's commands; `done` gets its result, an error is shown.
function M.call(command, argument, done)
  local client = M.client()
  if not client then
    M.start(vim.api.nvim_get_current_buf())
    client = M.client()
  end
  if not client then return vim.notify('pair-ls: no server is running here; open a file first', vim.log.levels.ERROR) end
  local params = { command = command, arguments = { argument or vim.empty_dict() } }
  local answered = function(err, result)
    if err then return vim.notify('pair-ls: ' .. err.message, vim.log.levels.ERROR) end
    if done then done(result) elseif type(result) == 'table' and result.summary then vim.notify(result.summary) end
  end
  -- Neovim 0.11 made the methods of a client real methods.
  if vim.fn.has('nvim-0.11') == 1 then
    client:request('workspace/executeCommand', params, answered)
  else
    client.request('workspace/executeCommand', params, answered)
  end
end

return M
