;; Emacs 29 or newer: `M-x eglot' in a file of the shared folder. The last two lines send what you type
;; at once, and take in what others type without asking.
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '((prog-mode text-mode) . ("pair-ls" "lsp"))))
(setq eglot-send-changes-idle-time 0
      eglot-confirm-server-edits nil)
