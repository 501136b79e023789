import { isJsonObject, type JsonObject } from '../base/json';
import { type Draft, durabilityOf, startDraft } from './ending';
import { handOn } from './handOn';
import { type WireMessage } from './message';
import { META_CAPABILITIES, META_CLIENT, META_REVISION, metaOf } from './modern';
import { type PathContext } from './pathContext';
import { type AskServer, type ForwardOutcome } from './ports';
import { noteResponse } from './screenAnswer';

/** Milliseconds that a server has to answer a request of ours; what waits for it is refused then. */
export const OWN_REQUEST_MS = 30_000;

/** What a request of ours came to. */
export type OwnOutcome =
	| { readonly kind: 'result'; readonly result: JsonObject }
	| { readonly kind: 'error'; readonly code: number | undefined }
	| { readonly kind: 'failed' };

/** One exchange of ours with an upstream, and the entry that it leaves. */
export interface OwnExchange {
	readonly outcome: OwnOutcome;
	/** Not yet written: whoever asked adds what it learned, and writes it by {@link recordOwn}. */
	readonly draft: Draft;
}

/**
 * Asks the upstream something in our own name: recorded like any message, with an id that no client can have chosen, and its
 * answer goes to nobody. Rejects when the trail cannot be written; then nothing was sent.
 */
export async function askServer(
	context: PathContext,
	ask: AskServer,
	{ method, params }: { readonly method: string; readonly params: JsonObject },
	signal: AbortSignal,
): Promise<OwnExchange> {
	const { ports } = context;
	const id = `mcp-firewall-${ports.ids.token()}`;
	const value = { jsonrpc: '2.0', id, method, params };
	const message: WireMessage = { bytes: new TextEncoder().encode(JSON.stringify(value)), value };
	const draft = startDraft(context, method === 'tools/list' ? 'list' : 'message', method, message);
	delete draft.client;
	draft.detail = OWN;
	const late = new AbortController();
	const timer = ports.clock.schedule(OWN_REQUEST_MS, () => late.abort());
	try {
		const either = AbortSignal.any([signal, late.signal]);
		const outcome = await handOn(context, draft, own => ask(message, own), either, message);
		return { outcome: read(context, outcome, draft), draft };
	} finally {
		timer.dispose();
	}
}

/** Writes the entry of an exchange. Rejects when the trail cannot be written. */
export async function recordOwn(context: PathContext, { outcome, draft }: OwnExchange): Promise<void> {
	const record = { ...draft, outcome: outcome.kind === 'failed' ? ('failed' as const) : ('answered' as const) };
	await context.ledger.append(context.ports, record, durabilityOf(record));
}

/** What a request of a revision without sessions says of its client, for a request of ours; empty in a session. */
export function ownMeta(params: JsonObject): JsonObject {
	const meta = metaOf(params);
	const kept = [META_REVISION, META_CAPABILITIES, META_CLIENT].flatMap(key =>
		meta[key] === undefined ? [] : [[key, meta[key]] as const],
	);
	return meta[META_REVISION] === undefined ? {} : { _meta: Object.fromEntries(kept) };
}

const OWN = 'asked by MCP Firewall itself';

function read(context: PathContext, outcome: ForwardOutcome, draft: Draft): OwnOutcome {
	if (outcome.kind === 'failed') {
		return { kind: 'failed' };
	}
	noteResponse(context, outcome.message, draft);
	const { result, error } = outcome.message.value;
	if (isJsonObject(result)) {
		return { kind: 'result', result };
	}
	const code = isJsonObject(error) ? error.code : undefined;
	return { kind: 'error', code: typeof code === 'number' ? code : undefined };
}
