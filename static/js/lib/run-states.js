// The states of a suggestion run (data of run.changed) after which nothing more comes of it.

export const ENDED = new Set(["READY", "PARTIAL", "FAILED", "CANCELLED"]);
