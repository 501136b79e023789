import { type AuditFilter } from '../domain/audit/auditFilter';
import { PANEL_TEXT_LIMIT } from './panelProtocol';
import { readFilter } from './readPanelRequest';

/** What a link shows: a filter, and the session that is told as a story. */
export interface AuditView {
	readonly filter: AuditFilter;
	readonly session?: string;
}

/** The path of links to the panel. */
export const AUDIT_LINK_PATH = '/audit';

/** UTF-16 units of a query that is read; a filter with every member full of `%XX` fits. */
const MAX_QUERY = 65_536;
/** The story's session, beside the filter's own `session`. */
const STORY = 'story';

/** A view as the query of a link, without `?`. Made of names of servers and tools, percent-encoded. */
export function auditQuery({ filter, session }: AuditView): string {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries({ ...filter })) {
		query.set(name, value === true ? '1' : value);
	}
	if (session !== undefined) {
		query.set(STORY, session);
	}
	return query.toString();
}

/**
 * The view that a link asks for; links come from anywhere and are attacker-controlled. Narrowed by the reader of the panel's
 * own requests: a link can filter, and do nothing else. What is no filter is left out. Never throws.
 */
export function readAuditQuery(query: string): AuditView {
	const members = Object.fromEntries<unknown>(new URLSearchParams(query.slice(0, MAX_QUERY)));
	const { findings, [STORY]: session } = members;
	const filter = readFilter({ ...members, findings: findings === '1' });
	return {
		filter,
		...(typeof session === 'string' && session !== '' && { session: session.slice(0, PANEL_TEXT_LIMIT) }),
	};
}
