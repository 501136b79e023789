import { type Part } from './pathContext';

/** Notifications that make a list another one. */
export const LIST_CHANGES: ReadonlyMap<string, Part> = new Map([
	['notifications/tools/list_changed', 'tools'],
	['notifications/prompts/list_changed', 'prompts'],
	['notifications/resources/list_changed', 'templates'],
]);
