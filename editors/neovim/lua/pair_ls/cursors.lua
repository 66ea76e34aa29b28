--- Carets and selections of the others as extmarks with their names; and ours, told to the server.
local M = {}

local namespace = vim.api.nvim_create_namespace('pair_ls')
local INTERVAL_MILLISECONDS = 60

--- Highlight groups are made once for each colour a participant chose; anything that is no colour becomes grey.
local function groups(color)
  local hex = type(color) == 'string' and color:match('^#(%x%x%x%x%x%x)$') or '808080'
  local red, green, blue = hex:match('(%x%x)(%x%x)(%x%x)')
  local luminance = 0.299 * tonumber(red, 16) + 0.587 * tonumber(green, 16) + 0.114 * tonumber(blue, 16)
  local caret, selection = 'PairCaret' .. hex, 'PairSelection' .. hex
  if vim.fn.hlexists(caret) == 0 then
    vim.api.nvim_set_hl(0, caret, { bg = '#' .. hex, fg = luminance > 150 and '#000000' or '#ffffff' })
    vim.api.nvim_set_hl(0, selection, { bg = '#' .. hex, blend = 70 })
  end
  return caret, selection
end

--- Zero-based row and byte column of an LSP position, inside the buffer whatever the position says.
local function place(bufnr, position, encoding)
  local last = vim.api.nvim_buf_line_count(bufnr) - 1
  local row = math.min(position.line, last)
  local line = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
  if position.line > last then return row, #line end
  if encoding == 'utf-8' then return row, math.min(position.character, #line) end
  local ok, column = pcall(vim.str_byteindex, line, position.character, encoding == 'utf-16')
  return row, ok and column or #line
end

local function draw(bufnr, cursor, encoding)
  local caret, selection = groups(cursor.color)
  local row, column = place(bufnr, cursor.head, encoding)
  vim.api.nvim_buf_set_extmark(bufnr, namespace, row, column, {
    virt_text = { { '▏' .. cursor.name, caret } },
    virt_text_pos = 'eol',
    right_gravity = true,
  })
  local line = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
  if column < #line then
    local width = #(vim.fn.strpart(line, column, 1, true))
    vim.api.nvim_buf_set_extmark(bufnr, namespace, row, column, { end_col = column + math.max(width, 1), hl_group = caret })
  end
  local anchor_row, anchor_column = place(bufnr, cursor.anchor, encoding)
  if anchor_row ~= row or anchor_column ~= column then
    if anchor_row > row or (anchor_row == row and anchor_column > column) then
      row, column, anchor_row, anchor_column = anchor_row, anchor_column, row, column
    end
    vim.api.nvim_buf_set_extmark(bufnr, namespace, anchor_row, anchor_column, { end_row = row, end_col = column, hl_group = selection })
  end
end

--- Handler of `pair/cursors`: the whole list of remote carets of one document.
function M.show(_, params, context)
  local bufnr = vim.uri_to_bufnr(params.uri)
  if not vim.api.nvim_buf_is_loaded(bufnr) then return end
  local client = vim.lsp.get_client_by_id(context.client_id)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  for _, cursor in ipairs(params.cursors) do
    draw(bufnr, cursor, client and client.offset_encoding or 'utf-16')
  end
end

function M.clear_all()
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  end
end

--- The character an LSP position counts before a byte column.
local function units(before, encoding)
  if encoding == 'utf-8' then return #before end
  local utf32, utf16 = vim.str_utfindex(before)
  return encoding == 'utf-32' and utf32 or utf16
end

local function position(bufnr, row, column, encoding)
  local line = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
  return { line = row, character = units(line:sub(1, math.min(column, #line)), encoding) }
end

local function own_cursor(bufnr, encoding)
  local cursor = vim.api.nvim_win_get_cursor(0)
  local head = position(bufnr, cursor[1] - 1, cursor[2], encoding)
  local mode = vim.api.nvim_get_mode().mode
  if not (mode == 'v' or mode == 'V' or mode == '\22') then return head, head end
  local start = vim.fn.getpos('v')
  return position(bufnr, start[2] - 1, start[3] - 1, encoding), head
end

--- Tells the server where we are, at most once per interval.
function M.watch(client, bufnr)
  local waiting = false
  vim.api.nvim_create_autocmd({ 'CursorMoved', 'CursorMovedI', 'ModeChanged', 'BufEnter' }, {
    buffer = bufnr,
    group = vim.api.nvim_create_augroup('pair_ls_cursor_' .. bufnr, { clear = true }),
    callback = function()
      if waiting then return end
      waiting = true
      vim.defer_fn(function()
        waiting = false
        if vim.api.nvim_get_current_buf() ~= bufnr or client.is_stopped(client) then return end
        local anchor, head = own_cursor(bufnr, client.offset_encoding)
        local params = { uri = vim.uri_from_bufnr(bufnr), anchor = anchor, head = head }
        if vim.fn.has('nvim-0.11') == 1 then client:notify('pair/cursor', params) else client.notify('pair/cursor', params) end
      end, INTERVAL_MILLISECONDS)
    end,
  })
end

return M
