import { type MethodsRule } from '../domain/policy/policy';

/**
 * What the path does with a message.
 * - `call`, `list`, `resource`: a path of its own, with a verdict.
 * - `inspect`: passes; strings of the message and of its answer are inspected; recorded.
 * - `pass`: passes without a trace (keep-alives and bookkeeping that carry no text).
 */
export type Step = 'call' | 'list' | 'resource' | 'inspect' | 'pass';

/** One row: a method, who may send it, and what happens to it. */
interface Row {
	readonly method: string;
	readonly from: 'client' | 'server' | 'both';
	readonly kind: 'request' | 'notification';
	readonly step: Step;
}

const request = (from: Row['from'], step: Step, ...methods: string[]): Row[] =>
	methods.map(method => ({ method, from, kind: 'request', step }));
const notification = (from: Row['from'], step: Step, ...methods: string[]): Row[] =>
	methods.map(method => ({ method: `notifications/${method}`, from, kind: 'notification', step }));

/** Requests that MCP 2026-07-28 has removed, and those of its tasks extension (SEP-2663). */
const REMOVED: readonly string[] = [
	'initialize',
	'ping',
	'logging/setLevel',
	'resources/subscribe',
	'resources/unsubscribe',
	'tasks/result',
	'tasks/list',
];

/** Every method of MCP 2025-11-25 and 2026-07-28 (schema.ts of each); spec/wire.md §1.3 lists them by direction. */
const TABLE: readonly Row[] = [
	...request('client', 'call', 'tools/call'),
	...request('client', 'list', 'tools/list'),
	...request('client', 'resource', 'resources/read', 'resources/subscribe', 'resources/unsubscribe'),
	...request('client', 'inspect', 'initialize', 'prompts/get', 'prompts/list', 'resources/list'),
	...request('client', 'inspect', 'resources/templates/list', 'completion/complete'),
	...request('client', 'inspect', 'server/discover', 'tasks/update'),
	...request('client', 'resource', 'subscriptions/listen'),
	...request('client', 'pass', 'logging/setLevel'),
	...request('server', 'inspect', 'sampling/createMessage', 'elicitation/create', 'roots/list'),
	...request('both', 'pass', 'ping'),
	...request('both', 'inspect', 'tasks/get', 'tasks/result', 'tasks/list', 'tasks/cancel'),
	...notification('client', 'pass', 'initialized', 'roots/list_changed'),
	...notification('both', 'pass', 'cancelled'),
	...notification('both', 'inspect', 'progress', 'tasks/status'),
	...notification('server', 'inspect', 'message', 'elicitation/complete', 'tasks'),
	...notification('server', 'pass', 'subscriptions/acknowledged'),
	...notification('server', 'pass', 'resources/updated', 'resources/list_changed'),
	...notification('server', 'pass', 'tools/list_changed', 'prompts/list_changed'),
];

/** The table's word on a message, or why there is none. */
export type Route =
	| { readonly kind: 'step'; readonly step: Step; readonly known: boolean }
	| { readonly kind: 'refuse'; readonly why: 'look-alike' | 'wrong-direction' | 'unknown-method' | 'removed-method' };

/** Only these characters may name a method; everything else is made to look like something that it is not. */
const METHOD = /^[A-Za-z0-9_$./:-]{1,128}$/;

/** `Tools/Call`, `toolscall`, `tool_call` and `t00ls/call` have one spelling here, so that a look-alike of a known method is seen. */
function spelling(method: string): string {
	return method
		.normalize('NFKC')
		.toLowerCase()
		.replaceAll('0', 'o')
		.replaceAll('1', 'l')
		.replaceAll(/[^a-z]|s/g, '');
}

const SPELLINGS = new Set([...TABLE.map(row => spelling(row.method)), 'calltool']);

/**
 * Routes one message by its exact method name. An unknown one goes by the policy's `methods` rule. `modern`: it claims a
 * revision without sessions; what that has removed is not handed on, because a process that many requests share would take
 * it to heart.
 */
export function route(
	method: string,
	from: 'client' | 'server',
	kind: 'request' | 'notification',
	methods: MethodsRule,
	modern = false,
): Route {
	const rows = TABLE.filter(row => row.method === method);
	const row = rows.find(candidate => candidate.kind === kind && [from, 'both'].includes(candidate.from));
	if (row !== undefined && modern && REMOVED.includes(method)) {
		return { kind: 'refuse', why: 'removed-method' };
	}
	if (row !== undefined) {
		return { kind: 'step', step: row.step, known: true };
	}
	if (rows.length > 0) {
		return { kind: 'refuse', why: 'wrong-direction' };
	}
	if (!METHOD.test(method) || SPELLINGS.has(spelling(method))) {
		return { kind: 'refuse', why: 'look-alike' };
	}
	return methods === 'strict'
		? { kind: 'refuse', why: 'unknown-method' }
		: { kind: 'step', step: 'inspect', known: false };
}
