import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { sameJson } from '../../base/sameJson';
import { withoutIdentity } from '../../domain/identity/disclosure';
import { type Manifest, MAX_MANIFEST_CHARS, objectIn } from '../../domain/registry/manifest';
import { resultText } from './resultText';

/** Where manifests are kept. */
export interface ManifestCache {
	/** What was last seen live and is still what was reviewed. Never rejects. */
	load(): Promise<Manifest | undefined>;
	/** Keeps one, where it is what was reviewed. */
	save(manifest: Manifest): void;
	drop(): void;
}

/** A result that is known before the server is there: as text for the client, and what it says. */
export interface KnownResult {
	readonly text: string;
	readonly value: JsonObject;
}

/** What a server is known to answer, for one session; and what the next session may know. */
export class ManifestDesk {
	private welcomeText: string | undefined;
	private usable: boolean;

	constructor(
		private known: Manifest | undefined,
		private readonly cache: Pick<ManifestCache, 'save' | 'drop'> | undefined,
	) {
		this.usable = known !== undefined;
		this.welcomeText = known?.initialize;
	}

	/** True while answers are given from here. */
	get inUse(): boolean {
		return this.usable;
	}

	/** The result of `initialize`, if this client asks like the one that the manifest is from; else it is of no use here. */
	welcome(params: JsonObject): KnownResult | undefined {
		const same =
			params.protocolVersion === this.known?.protocolVersion &&
			sameJson(params.capabilities, this.known?.capabilities);
		this.usable &&= same;
		return this.result(this.known?.initialize);
	}

	/** The result of `tools/list`. */
	tools(): KnownResult | undefined {
		return this.result(this.known?.tools);
	}

	/** The server itself answers from now on. */
	close(): void {
		this.usable = false;
	}

	/** The live server said something else. */
	drop(): void {
		this.usable = false;
		this.cache?.drop();
	}

	/** The live server's own answer to `initialize`. */
	sawWelcome(response: Uint8Array): void {
		this.welcomeText = this.cache && lastingText(resultText(response));
	}

	/** The live server's own list, whole and in one page, for a client that introduced itself so. */
	sawTools(response: Uint8Array, params: JsonObject): void {
		const { protocolVersion, capabilities } = params;
		const initialize = this.welcomeText;
		const tools = this.cache && resultText(response);
		if (initialize === undefined || tools === undefined || initialize.length + tools.length > MAX_MANIFEST_CHARS) {
			return;
		}
		if (typeof protocolVersion === 'string' && isJsonObject(capabilities)) {
			const seen = { protocolVersion, capabilities, initialize, tools };
			if (!sameJson(seen, this.known && ({ ...this.known } satisfies JsonValue))) {
				this.known = seen;
				this.cache?.save(seen);
			}
		}
	}

	private result(text: string | undefined): KnownResult | undefined {
		const value = this.usable && text !== undefined ? objectIn(text) : undefined;
		return value && text !== undefined ? { text, value } : undefined;
	}
}

/** Without badges and proofs: they are of one process, and worth nothing from any other. */
function lastingText(text: string | undefined): string | undefined {
	const value = text === undefined ? undefined : objectIn(text);
	const lasting = value && withoutIdentity(value);
	return lasting === value ? text : JSON.stringify(lasting);
}
