--- Edits of the others, applied only to the very text they were made for, and answered truthfully.
---
--- The stock `workspace/applyEdit` of Neovim answers `applied = true` for edits that it dropped because the buffer had
--- moved on, so a server must wait for the echo to know. Here the answer is the truth: with `debounce_text_changes = 0`
--- every change is reported before anything else runs, so equal versions mean equal texts. The echo is an ordinary
--- didChange (Neovim's own line diff, which survives `:s` previews) and leaves before the answer.
local M = {}

local function refused(reason) return { applied = false, failureReason = reason } end

function M.apply(_, params, context)
  local bufnr = vim.uri_to_bufnr(params.uri)
  if not vim.api.nvim_buf_is_loaded(bufnr) then return refused('not open') end
  if not vim.bo[bufnr].modifiable then return refused('not modifiable') end
  if (vim.lsp.util.buf_versions[bufnr] or 0) ~= params.version then return refused('the document has changed') end
  local client = assert(vim.lsp.get_client_by_id(context.client_id))
  vim.lsp.util.apply_text_edits(params.edits, bufnr, client.offset_encoding)
  return { applied = true }
end

return M
