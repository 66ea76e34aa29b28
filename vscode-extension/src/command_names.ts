// What a running session registers, in one list; where no server was found all of them say so.

export const COMMANDS = [
  "pairLs.share", "pairLs.shareWorkspace", "pairLs.join", "pairLs.leave", "pairLs.copyInvite", "pairLs.follow", "pairLs.unfollow", "pairLs.undoMine",
  "pairLs.redoMine", "pairLs.restore", "pairLs.setRole", "pairLs.kick", "pairLs.goTo", "pairLs.status", "pairLs.explainContext",
] as const;

export type CommandName = (typeof COMMANDS)[number];
