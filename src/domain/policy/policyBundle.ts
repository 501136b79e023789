import { type JsonValue, isJsonArray, isJsonObject } from '../../base/json';
import { parseComposition, withComposition } from './composition';
import { composeLayers } from './layers';
import { parsePolicy } from './parsePolicy';
import { type LayerKind, type PolicyLoad } from './policy';

/** Everything that a policy in force was made of: enough to make it again after its files have changed. */
export interface PolicyBundle {
	readonly v: 1;
	/** Digest of the policy in force, as audit entries name it. */
	readonly digest: string;
	/** In the order in which they were put together. Empty for a policy that could not be read: it denies everything. */
	readonly sources: readonly {
		readonly kind: LayerKind;
		readonly file: string;
		readonly text: string;
		/** The person trusted this very file of the workspace. */
		readonly trusted?: true;
	}[];
	/** The catalogue of compositions that came on top. */
	readonly composition?: { readonly file: string; readonly text: string };
}

/** The policy that a bundle stands for. Its digest is the bundle's own, unless the bundle is not what was kept. */
export function loadBundle({ digest, sources, composition }: PolicyBundle): PolicyLoad {
	const parsed = sources.map(({ kind, file, text, trusted }) => ({ kind, trusted, load: parsePolicy(text, file) }));
	const [first] = parsed;
	if (first === undefined) {
		return { policy: undefined, problems: [], digest, file: '' };
	}
	const trustedDigests = new Set(parsed.filter(({ trusted }) => trusted).map(({ load }) => load.digest));
	const load = parsed.length === 1 ? first.load : composeLayers(parsed, { workspaceTrusted: true, trustedDigests });
	return composition === undefined
		? load
		: withComposition(load, parseComposition(composition.text, composition.file));
}

const KINDS: readonly string[] = ['builtin', 'organisation', 'composition', 'user', 'workspace'] satisfies LayerKind[];

/** Reads the text of a bundle; undefined for anything that is none. */
export function readBundle(text: string): PolicyBundle | undefined {
	let value: JsonValue;
	try {
		value = JSON.parse(text) as JsonValue;
	} catch {
		return undefined;
	}
	const good =
		isJsonObject(value) &&
		value.v === 1 &&
		typeof value.digest === 'string' &&
		isJsonArray(value.sources) &&
		value.sources.every(source => isFile(source) && KINDS.some(kind => kind === source.kind)) &&
		(value.composition === undefined || isFile(value.composition));
	return good ? (value as unknown as PolicyBundle) : undefined;
}

function isFile(value: JsonValue | undefined): value is { readonly kind?: JsonValue } {
	return isJsonObject(value) && typeof value.file === 'string' && typeof value.text === 'string';
}
