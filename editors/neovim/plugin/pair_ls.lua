--- The commands. They need Neovim 0.10; each is one call of the server.
if vim.g.loaded_pair_ls or vim.fn.has('nvim-0.10') == 0 then return end
vim.g.loaded_pair_ls = true

local function pair() return require('pair_ls') end
local function here() return { uri = vim.uri_from_bufnr(0) } end

local function command(name, action, options) vim.api.nvim_create_user_command(name, action, options or {}) end

--- The link is known where the room was made; elsewhere the summary says so, and the registers stay as they are.
local function copy_link(result)
  if type(result.invite) == 'string' then
    pcall(vim.fn.setreg, '+', result.invite)
    vim.fn.setreg('"', result.invite)
  end
  vim.notify(result.summary)
end

command('PairShare', function(arguments)
  local directory = pair().root(vim.api.nvim_get_current_buf())
  pair().call(arguments.bang and 'pair.shareWorkspace' or 'pair.share', { directory = directory }, copy_link)
end, { bang = true, desc = 'Share this folder and copy the link; with ! every file of it' })

command('PairJoin', function(arguments)
  pair().call('pair.join', { link = arguments.args, directory = pair().root(vim.api.nvim_get_current_buf()) })
end, { nargs = 1, desc = 'Join the room of a link' })

command('PairLeave', function() pair().call('pair.leave') end, { desc = 'Leave the room; files stay as they are' })

command('PairFollow', function(arguments)
  pair().call('pair.follow', { name = arguments.args ~= '' and arguments.args or vim.NIL })
end, {
  nargs = '?',
  complete = function(typed)
    local names = vim.tbl_map(function(one) return not one.self and one.name or nil end, pair().participants)
    return vim.tbl_filter(function(name) return vim.startswith(name, typed) end, names)
  end,
  desc = 'Follow a participant until you type; without a name, stop',
})

command('PairWho', function()
  pair().call('pair.who', nil, function(result)
    for _, one in ipairs(result.participants) do
      local place = type(one.path) == 'string' and ('  %s%s'):format(one.path, type(one.line) == 'number' and (':' .. one.line + 1) or '') or ''
      vim.api.nvim_echo({ { ('%s%s (%s)%s'):format(one.name, one.self and ', you' or '', one.role, place) } }, true, {})
    end
  end)
end, { desc = 'List who is here' })

command('PairStatus', function() pair().call('pair.status') end, { desc = 'Say how the room is' })
command('PairUndo', function() pair().call('pair.undo', here(), function() end) end, { desc = 'Undo only what you typed' })
command('PairRedo', function() pair().call('pair.redo', here(), function() end) end, { desc = 'Redo only what you undid' })
