import { isJsonObject, type JsonObject } from '../base/json';
import { itemDrift } from '../domain/registry/drift';
import { type ItemKind } from '../domain/registry/listedItem';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { mayExpandTo } from '../domain/registry/uriTemplate';
import { type Ending, refused } from './ending';
import { type PathContext } from './pathContext';
import { meetServer, type Recognition } from './recognise';

/** Step 1 for a request that may name a prompt or a template: what it names is listed as the person reviewed it. */
export async function recogniseRequest(
	context: PathContext,
	{ method, params }: { readonly method: string; readonly params: JsonObject },
): Promise<Recognition> {
	switch (method) {
		case 'prompts/get':
			return recogniseNamed(context, params, 'prompt', params.name);
		case 'completion/complete': {
			const ref = isJsonObject(params.ref) ? params.ref : {};
			// Whatever else a reference may be, nobody reviewed it.
			return ref.type === 'ref/prompt'
				? recogniseNamed(context, params, 'prompt', ref.name)
				: recogniseNamed(context, params, 'template', ref.type === 'ref/resource' ? ref.uri : undefined);
		}
		default:
			return meetServer(context, params);
	}
}

async function recogniseNamed(
	context: PathContext,
	params: JsonObject,
	kind: ItemKind,
	key: JsonObject[string],
): Promise<Recognition> {
	const recognition = await meetServer(context, params, [kind === 'prompt' ? 'prompts' : 'templates']);
	if (!recognition.ok || recognition.entry === undefined) {
		return recognition;
	}
	const state = stateOf(context, recognition.entry, kind, typeof key === 'string' ? key : '');
	return state === 'pinned' ? recognition : { ok: false, ending: refused(`${kind}_${state}`) };
}

/**
 * Step 1 for resources: a URI that only such templates of the server can give as nobody reviewed, or that drifted, is
 * refused. URIs that no template gives are the server's own, single resources, which are not pinned.
 */
export async function recogniseResources(
	context: PathContext,
	params: JsonObject,
	uris: readonly string[],
): Promise<Recognition> {
	const recognition = await meetServer(context, params, uris.length > 0 ? ['templates'] : []);
	if (!recognition.ok || recognition.entry === undefined) {
		return recognition;
	}
	const { entry } = recognition;
	const refusal = uris.map(uri => templatesOf(context, entry, uri)).find(ending => ending !== undefined);
	return refusal === undefined ? recognition : { ok: false, ending: refusal };
}

function templatesOf(context: PathContext, entry: ServerEntry, uri: string): Ending | undefined {
	const keys = new Set([
		...entry.surface.resourceTemplates.map(({ key }) => key),
		...context.surface.templates.all().map(({ key }) => key),
	]);
	const states = [...keys].filter(key => mayExpandTo(key, uri)).map(key => stateOf(context, entry, 'template', key));
	const [first] = states;
	return first === undefined || states.includes('pinned')
		? undefined
		: refused(states.includes('drifted') ? 'template_drifted' : `template_${first}`);
}

function stateOf(
	{ surface }: PathContext,
	entry: ServerEntry,
	kind: ItemKind,
	key: string,
): 'pinned' | 'not_reviewed' | 'drifted' | 'not_listed' {
	const [pins, known] =
		kind === 'prompt'
			? [entry.surface.prompts, surface.prompts]
			: [entry.surface.resourceTemplates, surface.templates];
	const pin = pins.find(candidate => candidate.key === key);
	if (pin === undefined) {
		return 'not_reviewed';
	}
	const listed = known.get(key);
	if (listed === undefined) {
		return known.whole ? 'not_listed' : 'pinned';
	}
	return itemDrift(kind, pin, listed)?.severity === 'high' ? 'drifted' : 'pinned';
}
