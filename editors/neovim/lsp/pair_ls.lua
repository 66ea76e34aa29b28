--- For Neovim 0.11 and newer: `vim.lsp.enable('pair_ls')` finds this file.
return require('pair_ls').config()
