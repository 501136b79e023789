import { isJsonObject } from '../base/json';
import { type AuditFilter } from '../domain/audit/auditFilter';
import { PANEL_PAGE_LIMIT, PANEL_TEXT_LIMIT, type PanelRequest } from './panelProtocol';

type Members = Readonly<Record<string, unknown>>;

/**
 * Narrows what a webview posted (attacker-controlled in principle) to a {@link PanelRequest}. Page sizes are clamped to
 * 1…{@link PANEL_PAGE_LIMIT}, texts cut to {@link PANEL_TEXT_LIMIT}, unknown members dropped. Undefined when it is no request.
 */
export function readPanelRequest(value: unknown): PanelRequest | undefined {
	if (!isJsonObject(value)) {
		return undefined;
	}
	const { kind } = value;
	if (kind === 'query') {
		return readQuery(value);
	}
	if (kind === 'open' || kind === 'why' || kind === 'withheld') {
		const id = readText(value.id);
		return id === undefined ? undefined : { kind, id };
	}
	if (kind === 'suppress') {
		const id = readText(value.id);
		const rule = readText(value.rule);
		return id === undefined || rule === undefined ? undefined : { kind, id, rule };
	}
	return kind === 'verify' ? { kind } : undefined;
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

/** The filter part of a request, also of a saved panel state. Members that are not what they should be are left out. */
export function readFilter(value: Members): AuditFilter {
	const server = readText(value.server);
	const tool = readText(value.tool);
	const verdict = readText(value.verdict);
	const text = readText(value.text);
	return {
		...(server !== undefined && { server }),
		...(tool !== undefined && { tool }),
		...(verdict !== undefined && { verdict }),
		...(text !== undefined && { text }),
		...(value.findings === true && { findings: true }),
	};
}

function readText(value: unknown): string | undefined {
	return typeof value === 'string' && value !== '' ? value.slice(0, PANEL_TEXT_LIMIT) : undefined;
}

function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}
