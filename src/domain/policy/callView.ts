import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';
import { type CallFacts, type PathFact } from './facts';
import { findUrls } from './findUrls';
import { namedGlob, type NamedGlob } from './globNames';
import { foldCase } from './pathSegments';
import { type UrlFact } from './urlFact';

/** A path of the call with its forms folded as the file system compares them. */
export interface FoldedPath {
	readonly forms: readonly string[];
	readonly judgeable: boolean;
}

/** A folder, folded, as many paths are compared with it. */
export interface FoldedFolder {
	readonly exact: string;
	/** Without a slash at its end. */
	readonly top: string;
	/** With one. */
	readonly start: string;
}

/** One call as the conditions of many rules look at it: what is dear to compute is computed once, and only when asked. */
export class CallView {
	private foldedPaths: readonly FoldedPath[] | undefined;
	private foldedPossible: readonly FoldedPath[] | undefined;
	private callGlobs: readonly NamedGlob[] | undefined;
	private foundUrls: readonly UrlFact[] | undefined;
	private foundLeaves: readonly string[] | undefined;
	private lowered: readonly string[] | undefined;
	private readonly foldedPrefixes = new Map<string, readonly FoldedFolder[]>();

	constructor(readonly facts: CallFacts) {}

	get paths(): readonly FoldedPath[] {
		this.foldedPaths ??= this.facts.paths.map(fact => this.folded(fact));
		return this.foldedPaths;
	}

	/** What may be a path ({@link CallFacts.possiblePaths}); the same forms as {@link paths}. */
	get possiblePaths(): readonly FoldedPath[] {
		this.foldedPossible ??= (this.facts.possiblePaths ?? []).map(fact => this.folded(fact));
		return this.foldedPossible;
	}

	/** Every glob that the call says, folded and compiled. */
	get globs(): readonly NamedGlob[] {
		this.callGlobs ??= [...this.facts.paths, ...(this.facts.possiblePaths ?? [])]
			.flatMap(fact => fact.globs ?? [])
			.map(glob => namedGlob(foldCase(glob, this.facts.host)))
			.filter(glob => glob !== undefined);
		return this.callGlobs;
	}

	private folded(fact: PathFact): FoldedPath {
		return {
			forms: fact.candidates.map(form => foldCase(form, this.facts.host)),
			judgeable: fact.problem === undefined && fact.candidates.length > 0,
		};
	}

	get urls(): readonly UrlFact[] {
		this.foundUrls ??= this.facts.urls ?? findUrls(this.facts.arguments);
		return this.foundUrls;
	}

	/** Text of every string, number and boolean at any depth, and of every key. Attacker-controlled. */
	get leaves(): readonly string[] {
		if (this.foundLeaves === undefined) {
			const leaves: string[] = [];
			collect(this.facts.arguments, leaves);
			this.foundLeaves = leaves;
		}
		return this.foundLeaves;
	}

	get lowerLeaves(): readonly string[] {
		this.lowered ??= this.leaves.map(leaf => leaf.toLowerCase());
		return this.lowered;
	}

	/** The folders that a written prefix stands for on this machine; undefined when the host could not tell. */
	folders(written: string): readonly FoldedFolder[] | undefined {
		const known = this.foldedPrefixes.get(written);
		if (known !== undefined) {
			return known;
		}
		const folders = this.facts.prefixes.get(written)?.map(folder => {
			const exact = foldCase(folder, this.facts.host);
			const top = exact.endsWith('/') ? exact.slice(0, -1) : exact;
			return { exact, top, start: `${top}/` };
		});
		if (folders !== undefined) {
			this.foldedPrefixes.set(written, folders);
		}
		return folders;
	}
}

/** True when a folded path is the folder or lies below it (`isBelow`, with the folder made ready). */
export function isInFolder(path: string, folder: FoldedFolder): boolean {
	return path.startsWith(folder.start) || path === folder.top || path === folder.exact;
}

function collect(value: JsonValue | undefined, leaves: string[]): void {
	if (typeof value === 'string') {
		leaves.push(value);
	} else if (typeof value === 'number' || typeof value === 'boolean') {
		leaves.push(String(value));
	} else if (isJsonArray(value)) {
		value.forEach(item => {
			collect(item, leaves);
		});
	} else if (isJsonObject(value)) {
		Object.entries(value).forEach(([key, item]) => {
			leaves.push(key);
			collect(item, leaves);
		});
	}
}
