import { digestJson } from '../base/digest';
import { maskText } from '../domain/inspection/maskSecrets';
import { type Drift, type DriftSubject } from '../domain/registry/drift';
import { toolDigest } from '../domain/registry/pin';
import { type Draft } from './ending';
import { type PathContext } from './pathContext';
import { nameList } from './trailCopy';

/**
 * Notes for the entry at hand how a server differs from its review, and tells the person what was not told before. `hidden`:
 * names that the client does not see for whatever other reason.
 */
export function noteDrift(
	context: PathContext,
	draft: Draft,
	drifts: readonly Drift[],
	hidden: readonly string[] = [],
): void {
	const parts = [
		...(draft.detail === undefined ? [] : [draft.detail]),
		...SENTENCES.flatMap(([severity, kind, subject, words]) => {
			const names = drifts
				.filter(
					drift =>
						drift.severity === severity &&
						!drift.kinds.includes('unreadable') &&
						(kind === undefined || drift.kinds.includes(kind)) &&
						(subject === undefined || subject.includes(drift.subject)),
				)
				.map(({ key }) => plainName(key));
			return names.length > 0 ? [`${words}: ${nameList(names)}`] : [];
		}),
		...(hidden.length > 0 ? [`hidden: ${nameList(hidden.map(plainName))}`] : []),
	];
	if (parts.length > 0) {
		draft.detail = parts.join('; ');
	}
	if (drifts.some(({ kinds }) => !kinds.includes('added'))) {
		draft.event = 'server-drifted';
		draft.actor = 'server';
		Object.assign(draft, driftDigests(context, drifts));
	}
	tellDrift(context, drifts);
}

/**
 * Digests of what was reviewed and of what is listed now: of the one thing that drifted, else of the list of all of them. What of
 * them has none (it came or went, or cannot be read) counts as null.
 */
function driftDigests(
	{ review, surface }: PathContext,
	drifts: readonly Drift[],
): { readonly before?: string; readonly after?: string } {
	const entry = review.current().entry;
	const pairs = drifts.map(({ subject, key, kinds }) => {
		const now = kinds.includes('unreadable') || kinds.includes('removed') ? undefined : key;
		switch (subject) {
			case 'tool': {
				const tool = now === undefined ? undefined : surface.tools.get(now);
				const pin = entry?.tools.find(({ name }) => name === key);
				return [pin?.digest, tool && toolDigest(tool)] as const;
			}
			case 'prompt':
			case 'template': {
				const [pins, listed] =
					subject === 'prompt'
						? [entry?.surface.prompts, surface.prompts]
						: [entry?.surface.resourceTemplates, surface.templates];
				const item = now === undefined ? undefined : listed.get(now);
				return [pins?.find(pin => pin.key === key)?.digest, item && digestJson(item.text)] as const;
			}
			case 'instructions':
				return [entry?.surface.instructions?.digest, undefined] as const;
			case 'identity':
				return [entry?.identity && digestJson({ ...entry.identity }), undefined] as const;
		}
	});
	const digestOf = (sides: readonly (string | undefined)[]) =>
		sides.length === 1 ? sides[0] : digestJson(sides.map(side => side ?? null));
	const [before, after] = [digestOf(pairs.map(pair => pair[0])), digestOf(pairs.map(pair => pair[1]))];
	return { ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
}

/** A name as an entry may have it: no text of a server beyond plain ASCII without spaces, and no secret. */
function plainName(key: string): string {
	return /^[\x21-\x7e]{1,128}$/.test(key) ? maskText(key) : '(a name that cannot be shown here)';
}

const ITEMS: readonly DriftSubject[] = ['tool', 'prompt', 'template'];
const SESSION: readonly DriftSubject[] = ['identity', 'instructions'];

const SENTENCES = [
	['high', undefined, SESSION, 'all suspended, not as reviewed'],
	['high', undefined, ITEMS, 'suspended, not as reviewed'],
	['medium', 'removed', undefined, 'not listed any more'],
	['low', undefined, undefined, 'differs in spaces alone, the reviewed text is shown'],
] as const;

const RANK: Readonly<Record<Drift['severity'], number>> = { low: 0, medium: 1, high: 2 };

/** Tells the person what was not told before, where there is no entry to note it in. */
export function tellDrift(context: PathContext, drifts: readonly Drift[]): void {
	const { ports, server, review, told } = context;
	const revision = review.revision ?? 0;
	const worst = [...drifts].sort((a, b) => RANK[b.severity] - RANK[a.severity]);
	if (drifts.length === 0 || !told.tell(server.id, revision, worst, ports.clock.monotonic())) {
		return;
	}
	ports.notify({
		kind: 'drifted',
		serverId: server.id,
		serverName: server.name,
		tools: drifts.filter(({ severity }) => severity === 'high').map(({ key }) => key),
		drifts,
	});
}
