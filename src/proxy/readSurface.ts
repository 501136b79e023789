import { FirewallError } from '../base/errors';
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { phrase } from '../base/phrase';
import { readIntroduction } from '../domain/registry/introduction';
import { type ItemKind, readItems } from '../domain/registry/listedItem';
import { type ListedItem, type ServerSurface } from '../domain/registry/surface';
import { readTools, type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { META_CAPABILITIES, META_CLIENT, META_REVISION } from '../firewall/modern';
import { type Inspection } from './inspection';
import { MAX_INSPECT_ITEMS, MAX_INSPECT_PAGES, MAX_INSPECT_ROUNDS } from './limits';

/** What VS Code offers (spec/editor.md §5): a server that lists tools by capability must list the same ones to us. */
const EDITOR_CAPABILITIES: JsonObject = {
	roots: { listChanged: true },
	sampling: {},
	elicitation: { form: {}, url: {} },
	tasks: { list: {}, cancel: {}, requests: { sampling: { createMessage: {} }, elicitation: { create: {} } } },
};

const TOO_MANY = {
	tool: phrase('The server lists more tools than can be reviewed.'),
	prompt: phrase('The server lists more prompts than can be reviewed.'),
	template: phrase('The server lists more resource templates than can be reviewed.'),
} as const;

/** Revisions of the two eras that we speak. */
const LEGACY = '2025-11-25';
const MODERN = '2026-07-28';

/** How a server introduced itself, and what each request to it has to say of the client. */
interface Greeting {
	readonly result: JsonObject;
	readonly revision: string;
	readonly meta: JsonObject;
}

type Lists = Pick<ServerSurface, 'tools' | 'prompts' | 'resourceTemplates'>;

/**
 * All that a server says of itself: it is introduced to by `initialize`, or by `server/discover` where it knows no sessions
 * (MCP 2026-07-28), and asked for every list that it offers. Rejects with `upstream-failed`.
 */
export async function readSurface(
	inspection: Inspection,
	clientInfo: { readonly name: string; readonly version: string },
): Promise<ServerSurface> {
	const { result, revision, meta } = await greet(inspection, clientInfo);
	const { protocolVersion = revision, capabilities } = result;
	const offered = isJsonObject(capabilities) ? capabilities : {};
	return {
		...readIntroduction(result),
		protocolVersion: typeof protocolVersion === 'string' ? protocolVersion : '',
		...(await settled(inspection, meta, offered)),
	};
}

async function greet(inspection: Inspection, clientInfo: JsonObject): Promise<Greeting> {
	try {
		const hello = { protocolVersion: LEGACY, capabilities: EDITOR_CAPABILITIES, clientInfo };
		const result = await inspection.request('initialize', hello);
		await inspection.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
		return { result, revision: '', meta: {} };
	} catch (error) {
		const meta = {
			_meta: { [META_REVISION]: MODERN, [META_CAPABILITIES]: EDITOR_CAPABILITIES, [META_CLIENT]: clientInfo },
		};
		try {
			return { result: await inspection.request('server/discover', meta), revision: MODERN, meta };
		} catch {
			// Why it does not take the first is what helps whoever reads it.
			throw error;
		}
	}
}

/** Servers may add things right after `initialized`; lists that changed while they were read are read again. */
async function settled(inspection: Inspection, meta: JsonObject, offered: JsonObject): Promise<Lists> {
	let lists: Lists = { tools: [], prompts: [], resourceTemplates: [] };
	for (let round = 0; round < MAX_INSPECT_ROUNDS; round++) {
		const before = inspection.listChanges;
		lists = {
			tools: await allTools(inspection, meta),
			prompts: offered.prompts === undefined ? [] : await allItems(inspection, meta, 'prompt', 'prompts/list'),
			resourceTemplates:
				offered.resources === undefined
					? []
					: await allItems(inspection, meta, 'template', 'resources/templates/list'),
		};
		if (meta._meta !== undefined) {
			break;
		}
		await inspection.request('ping', {});
		if (inspection.listChanges === before) {
			break;
		}
	}
	return lists;
}

async function allTools(inspection: Inspection, meta: JsonObject): Promise<readonly ToolDescriptor[]> {
	return paged('tool', async cursor => {
		const result = await inspection.request('tools/list', { ...meta, ...cursor });
		return { items: readTools(result), next: result.nextCursor };
	});
}

/** What has the name of an earlier one is left out, on whatever page it stands. */
async function allItems(
	inspection: Inspection,
	meta: JsonObject,
	kind: ItemKind,
	method: string,
): Promise<readonly ListedItem[]> {
	const items = await paged(kind, async cursor => {
		const result = await inspection.requestIfKnown(method, { ...meta, ...cursor });
		return { items: result === undefined ? [] : readItems(kind, result), next: result?.nextCursor };
	});
	const first = new Map<string, ListedItem>();
	items.forEach(item => first.set(item.key, first.get(item.key) ?? item));
	return [...first.values()];
}

async function paged<T>(
	of: 'tool' | ItemKind,
	page: (cursor: JsonObject) => Promise<{ readonly items: readonly T[]; readonly next: JsonValue | undefined }>,
): Promise<readonly T[]> {
	const all: T[] = [];
	let cursor: JsonValue | undefined;
	for (let count = 0; count < MAX_INSPECT_PAGES; count++) {
		const { items, next } = await page(cursor === undefined ? {} : { cursor });
		all.push(...items);
		cursor = next;
		if (cursor === undefined || cursor === null) {
			return all;
		}
		if (all.length > MAX_INSPECT_ITEMS) {
			break;
		}
	}
	throw new FirewallError('upstream-failed', TOO_MANY[of]);
}
