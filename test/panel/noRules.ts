/** In place of a package of rules that only Node can load. */
export const rules: readonly never[] = [];
