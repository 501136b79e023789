import { canonicalJson, isJsonObject } from '../../base/json';
import { isOneEdit, nameSkeleton, plainName } from './nameSkeleton';
import { reviewFinding, type ReviewFinding } from './reviewFinding';
import { type ReviewSubject } from './reviewSubject';
import { type ServerEntry } from './serverEntry';
import { type ServerSurface } from './surface';
import { type ToolDescriptor } from './toolDescriptor';

/** Shorter names say too little to be told from words, or from one another by one character. */
const LEAST = 6;

/** Characters of one tool's texts that are searched for names of others. */
const SEARCHED = 100_000;

/** What the names of a server and its tools could be mistaken for, and which tools of others its texts speak of. */
export function nameFindings(
	name: string,
	{ serverInfo, tools }: Pick<ServerSurface, 'serverInfo' | 'tools'>,
	servers: readonly ServerEntry[],
): readonly ReviewFinding[] {
	const foreign = servers
		.filter(({ status }) => status !== 'revoked')
		.flatMap(entry => entry.tools.map(pin => foreignTool(entry.name, pin.name)));
	const own = tools.map(tool => tool.name);
	const names = new Set(own);
	const alike = grouped(own, nameSkeleton);
	const others: Others = {
		all: foreign,
		byPlain: grouped(foreign, ({ plain }) => plain),
		bySkeleton: grouped(foreign, ({ skeleton }) => skeleton),
		// Names that are one plain word do not count.
		speakable: foreign.filter(
			({ tool }) => tool.length >= LEAST && /[a-z0-9][_\-./]?[A-Z]|[_\-./]/.test(tool) && !names.has(tool),
		),
	};
	return [
		...serverFindings(name, serverInfo.name, servers),
		...tools.flatMap(tool => {
			const subject: ReviewSubject = { kind: 'tool', name: tool.name };
			const twin = lookAlike(tool.name, alike) ?? foreignLike(tool.name, others);
			const spokenOf = namedIn(canonicalJson({ ...tool, name: '' }), others.speakable);
			const sentTo = spokenOf === undefined ? strangerIn(tool, names) : undefined;
			return [
				...(twin === undefined ? [] : [reviewFinding(twin.kind, subject, twin.where)]),
				...(spokenOf === undefined ? [] : [reviewFinding('names-other-tool', subject, spokenOf)]),
				...(sentTo === undefined ? [] : [reviewFinding('names-unknown-tool', subject, sentTo)]),
			];
		}),
	];
}

function serverFindings(name: string, calledItself: string, others: readonly ServerEntry[]): readonly ReviewFinding[] {
	const twin = others.find(
		other =>
			nameSkeleton(other.name) === nameSkeleton(name) ||
			(calledItself !== '' &&
				other.identity !== undefined &&
				other.identity.name !== calledItself &&
				nameSkeleton(other.identity.name) === nameSkeleton(calledItself)),
	);
	return twin === undefined ? [] : [reviewFinding('server-looks-alike', { kind: 'identity' }, twin.name)];
}

/** Another tool of the same server that can be taken for it. */
function lookAlike(name: string, alike: ReadonlyMap<string, readonly string[]>): Twin | undefined {
	const where = alike.get(nameSkeleton(name))?.find(other => other !== name);
	return where === undefined ? undefined : { kind: 'looks-alike', where };
}

interface Twin {
	readonly kind: 'looks-alike' | 'shadows-tool' | 'near-name';
	readonly where: string;
}

interface ForeignTool {
	readonly server: string;
	readonly tool: string;
	readonly plain: string;
	readonly skeleton: string;
}

/** The tools of other servers, by what they are compared by: a server may list a thousand, and so may others. */
interface Others {
	readonly all: readonly ForeignTool[];
	readonly byPlain: ReadonlyMap<string, readonly ForeignTool[]>;
	readonly bySkeleton: ReadonlyMap<string, readonly ForeignTool[]>;
	/** Those of which a text can speak by their whole name. */
	readonly speakable: readonly ForeignTool[];
}

function foreignTool(server: string, tool: string): ForeignTool {
	return { server, tool, plain: plainName(tool), skeleton: nameSkeleton(tool) };
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
	const groups = new Map<string, T[]>();
	for (const item of items) {
		const key = keyOf(item);
		const group = groups.get(key);
		if (group === undefined) {
			groups.set(key, [item]);
		} else {
			group.push(item);
		}
	}
	return groups;
}

function foreignLike(name: string, { all, byPlain, bySkeleton }: Others): Twin | undefined {
	const plain = plainName(name);
	const where = (found: ForeignTool) => `${found.server}/${found.tool}`;
	const [same] = byPlain.get(plain) ?? [];
	if (same !== undefined) {
		return { kind: 'shadows-tool', where: where(same) };
	}
	const [alike] = bySkeleton.get(nameSkeleton(name)) ?? [];
	if (alike !== undefined) {
		return { kind: 'looks-alike', where: where(alike) };
	}
	const near = all.find(each => plain.length >= LEAST && isNear(plain, each.plain));
	return near && { kind: 'near-name', where: where(near) };
}

/** One edit apart, but neither singular and plural nor two of a numbered row. */
function isNear(left: string, right: string): boolean {
	const stem = (text: string) => text.replace(/(?:s|\d)$/, '');
	return isOneEdit(left, right) && stem(left) !== stem(right);
}

/** A tool of another server of which a text speaks by its whole name. */
function namedIn(text: string, speakable: readonly ForeignTool[]): string | undefined {
	const searched = text.slice(0, SEARCHED);
	const words = new Set(searched.match(/[A-Za-z0-9_-]+/g));
	const found = speakable.find(({ tool }) =>
		/^[A-Za-z0-9_-]+$/.test(tool) ? words.has(tool) : standsIn(tool, searched),
	);
	return found && `${found.server}/${found.tool}`;
}

/** What a text tells its reader to call; names of one plain word are words. */
const CALLED = /\b(?:call|invoke|execute)(?:s|ing)?\s+(?:the\s+)?[`'"]?([a-z][a-z0-9]*(?:_[a-z0-9]+)+)/gi;

/** A name that the description tells to call and that is neither a tool of this server nor a parameter of this tool. */
function strangerIn({ description = '', inputSchema }: ToolDescriptor, own: ReadonlySet<string>): string | undefined {
	const { properties } = inputSchema ?? {};
	const known = new Set([...own, ...Object.keys(isJsonObject(properties) ? properties : {})]);
	const called = [...description.slice(0, SEARCHED).matchAll(CALLED)].map(([, name = '']) => name);
	return called.find(name => !known.has(name) && !known.has(name.toLowerCase()));
}

function standsIn(name: string, text: string): boolean {
	for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
		const around = `${text[at - 1] ?? ' '}${text[at + name.length] ?? ' '}`;
		if (!/[A-Za-z0-9_-]/.test(around)) {
			return true;
		}
	}
	return false;
}
