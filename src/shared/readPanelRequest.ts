import { isJsonObject, type JsonObject, ownMember, isCount } from '../base/json';
import { type AuditFilter } from '../domain/audit/auditFilter';
import { PANEL_CHOICE_LIMIT, PANEL_PAGE_LIMIT, PANEL_TEXT_LIMIT, type PanelRequest } from './panelProtocol';

type Members = Readonly<Record<string, unknown>>;

/**
 * Narrows what a webview posted (attacker-controlled in principle) to a {@link PanelRequest}. Page sizes are clamped to
 * 1…{@link PANEL_PAGE_LIMIT}, texts cut to {@link PANEL_TEXT_LIMIT}, unknown members dropped. Undefined when it is no request.
 */
export function readPanelRequest(value: unknown): PanelRequest | undefined {
	if (!isJsonObject(value)) {
		return undefined;
	}
	const kind: unknown = value.kind;
	switch (kind) {
		case 'query':
			return readQuery(value);
		case 'overview': {
			const { query, filter } = value;
			return isCount(query) && isJsonObject(filter) ? { kind, query, filter: readFilter(filter) } : undefined;
		}
		case 'open':
		case 'why':
		case 'withheld':
		case 'rule':
		case 'details':
		case 'diff': {
			const id = readText(value.id);
			return id === undefined ? undefined : { kind, id };
		}
		case 'suppress': {
			const id = readText(value.id);
			const rule = readText(value.rule);
			return id === undefined || rule === undefined ? undefined : { kind, id, rule };
		}
		case 'session': {
			const session = readText(value.session);
			return session === undefined ? undefined : { kind, session };
		}
		case 'export':
			return isJsonObject(value.filter) ? { kind, filter: readFilter(value.filter) } : undefined;
		case 'link': {
			const session = readText(value.session);
			return isJsonObject(value.filter)
				? { kind, filter: readFilter(value.filter), ...(session !== undefined && { session }) }
				: undefined;
		}
		case 'answer':
			return readAnswer(value);
		case 'verify':
		case 'waiting':
		case 'cancel':
			return { kind };
		default:
			return undefined;
	}
}

/** INVARIANT: an answer is taken whole or not at all: a choice that is none becomes no other one. */
function readAnswer({ id, digest, choice }: Members): PanelRequest | undefined {
	const fits = (text: unknown): text is string =>
		typeof text === 'string' && text !== '' && text.length <= PANEL_TEXT_LIMIT;
	if (!fits(id) || !fits(digest) || !(choice === 'deny' || (isCount(choice) && choice < PANEL_CHOICE_LIMIT))) {
		return undefined;
	}
	return { kind: 'answer', id, digest, choice };
}

function readQuery(value: Members): PanelRequest | undefined {
	const { query, offset, limit, filter } = value;
	if (!isCount(query) || !isCount(offset) || !isCount(limit) || !isJsonObject(filter)) {
		return undefined;
	}
	return {
		kind: 'query',
		query,
		filter: readFilter(filter),
		offset,
		limit: Math.min(Math.max(limit, 1), PANEL_PAGE_LIMIT),
	};
}

/** The members of a filter that are texts; they are compared or looked for, and nothing else is done with them. */
const TEXTS = [
	...(['server', 'tool', 'capability', 'verdict', 'rule', 'agent', 'review', 'version', 'trust', 'label'] as const),
	...(['session', 'text'] as const),
];

/**
 * The filter part of a request, also of a saved panel state and of a link. Members that are not what they should be are left
 * out; times come back as ISO 8601 in UTC.
 */
export function readFilter(value: Members): AuditFilter {
	const texts = TEXTS.flatMap(name => {
		const text = readText(own(value, name));
		return text === undefined ? [] : [[name, text] as const];
	});
	const kind = own(value, 'kind');
	const from = readTime(own(value, 'from'));
	const to = readTime(own(value, 'to'));
	return {
		...Object.fromEntries(texts),
		...((kind === 'calls' || kind === 'events') && { kind }),
		...(from !== undefined && { from }),
		...(to !== undefined && { to }),
		...(own(value, 'findings') === true && { findings: true as const }),
	};
}

function own(value: Members, name: string): unknown {
	return ownMember(value as JsonObject, name);
}

function readText(value: unknown): string | undefined {
	return typeof value === 'string' && value !== '' ? value.slice(0, PANEL_TEXT_LIMIT) : undefined;
}

/** Date and time with an offset, so that no time zone of a machine plays a part. */
function readTime(value: unknown): string | undefined {
	if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT[\d:.]{5,16}(?:Z|[+-]\d\d:\d\d)$/.test(value)) {
		return undefined;
	}
	const time = Date.parse(value);
	return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
