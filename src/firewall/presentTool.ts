import { digestJson } from '../base/digest';
import { isJsonObject, type JsonValue } from '../base/json';
import { decidesCalls } from '../domain/policy/decidesCalls';
import { type PolicyLoad } from '../domain/policy/policy';
import { hasSideEffects } from '../domain/policy/sideEffects';
import { type Presentation, presentedAnnotations, untrueHints } from '../domain/registry/annotations';
import { type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { type Draft } from './ending';
import { type Judgement } from './judge';
import { type PathContext } from './pathContext';
import { type SessionClient } from './sessionPaths';
import { nameList } from './trailCopy';

/** A tool on its way to the client: as the server gave it, and as its annotations are presented. */
export interface Presented {
	readonly name: string;
	readonly capability: string;
	/** As it goes out. */
	readonly item: JsonValue;
	/** What the server said. Attacker-controlled. */
	readonly annotations: ToolDescriptor['annotations'];
	readonly as: Presentation;
}

/**
 * How tools are presented to the client of a session. INVARIANT: without a question of its own only where the client is the
 * editor's chat, the person wants it so, and every call is decided here.
 */
export function presentationOf(
	editor: Pick<SessionClient, 'presentation'> | undefined,
	load: PolicyLoad,
): Presentation {
	return editor?.presentation() === 'decided' && decidesCalls(load) ? 'decided' : 'truth';
}

/** A listed tool with the annotations that the client gets; the very same one where nothing is to be changed. */
export function presentTool(
	item: JsonValue | undefined,
	{ name, annotations }: ToolDescriptor,
	capability: string,
	as: Presentation,
): Presented {
	const presented = presentedAnnotations(capability, annotations, as);
	return {
		...{ name, capability, annotations, as },
		item: presented === undefined || !isJsonObject(item) ? (item ?? null) : { ...item, annotations: presented },
	};
}

/** Notes, once for each change in a session, which hints were not believed, and what was presented as decided here. */
export function notePresented({ shown }: PathContext, draft: Draft, tools: readonly Presented[]): void {
	const news = tools.filter(({ name, capability, annotations, as }) =>
		shown.isNews(digestJson([name, capability, annotations ?? null, as])),
	);
	const untrue = news.flatMap(({ name, capability, annotations }) => {
		const hints = untrueHints(capability, annotations);
		return hints.length > 0 ? [`${name} (${hints.join(', ')})`] : [];
	});
	const decided = news.filter(({ as }) => as === 'decided').map(({ name }) => name);
	const parts = [
		...(draft.detail === undefined ? [] : [draft.detail]),
		...(untrue.length > 0 ? [`hints not believed: ${nameList(untrue)}`] : []),
		...(decided.length > 0
			? [`presented as decided here, so that the editor does not ask: ${nameList(decided)}`]
			: []),
	];
	if (parts.length > 0) {
		draft.detail = parts.join('; ');
	}
}

/** The reason of a question about a call that nobody else has asked about. */
export const EDITOR_DID_NOT_ASK = 'editor_did_not_ask';

/**
 * True for a call of the editor's chat that can change something and passes only because the policy records, while the editor may
 * go by tools that were presented as decided here: it has asked nobody. INVARIANT: no such call passes unseen.
 */
export function mayBeUnasked({ editor, shown }: PathContext, { verdict, facts }: Judgement): boolean {
	return (
		editor !== undefined &&
		verdict.effect === 'allow' &&
		verdict.observed !== undefined &&
		verdict.observed !== 'allow' &&
		hasSideEffects(facts.capability) &&
		!shown.areKnownAsTheyAre
	);
}
