// How a command about one object of the API prints: for people, or the object itself as kubectl does.

export const OBJECT_OUTPUTS = ['table', 'json', 'yaml', 'name'] as const;
export type ObjectOutput = (typeof OBJECT_OUTPUTS)[number];
