// What a rule has counted since it was loaded.

export type Counter = { readonly packets: number; readonly bytes: number };
