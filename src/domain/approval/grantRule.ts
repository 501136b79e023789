import { hasGlobMagic } from '../policy/glob';
import { type Grant, type GrantBinding, type GrantReach } from './grant';

/** What a rule text is made of. */
export type GrantTerms = Pick<Grant, 'scope' | 'reach' | 'expiresAt'> & {
	readonly binding: Pick<GrantBinding, 'serverName' | 'tool' | 'capability'>;
};

/**
 * The policy rule that a grant amounts to, as YAML that a policy can hold. What the language cannot say (the session's end,
 * the very call) stands in a comment, and the grant itself is then narrower than the rule.
 */
export function grantRule({ binding, reach, scope, expiresAt }: GrantTerms): string {
	const { serverName, tool, capability } = binding;
	const notes = [
		...(reach.kind === 'call' ? ['Only the very call that was shown: the same arguments, the same paths.'] : []),
		...(reach.kind === 'deeds' ? ['Only while no secret and no text from outside is in the session.'] : []),
		...(scope === 'workspace' ? ['In this workspace only.'] : ['Until this session ends.']),
		...([serverName, tool, ...(reach.kind === 'folders' || reach.kind === 'deeds' ? reach.folders : [])].some(
			isInexpressible,
		)
			? ['A ? stands for one character that rules cannot name; the grant names it.']
			: []),
	];
	return [
		...notes.map(note => `# ${note}`),
		'allow:',
		`  - servers: [${quoted(literalGlob(serverName))}]`,
		...(reach.kind === 'deeds' ? [] : [`    tools: [${quoted(literalGlob(tool))}]`]),
		`    capability: ${quoted(capability === 'unknown' ? '*' : capability)}`,
		...reachLines(reach),
		...(expiresAt === undefined ? [] : [`    until: ${quoted(new Date(expiresAt).toISOString())}`]),
		'',
	].join('\n');
}

/** A grant in one sentence without its end; names and folders are quoted, with everything invisible escaped. */
export function grantSentence({ binding, reach, scope, expiresAt }: GrantTerms): string {
	const { serverName, tool } = binding;
	const subject =
		reach.kind === 'deeds'
			? `Every ${quoted(reach.capability)} of the server ${quoted(serverName)}`
			: `${quoted(tool)} of the server ${quoted(serverName)}`;
	const end =
		scope === 'session'
			? 'until the session ends'
			: scope === 'hour'
				? `in this session${expiresAt === undefined ? '' : ` until ${new Date(expiresAt).toISOString()}`}`
				: `in this workspace${expiresAt === undefined ? '' : ` until ${new Date(expiresAt).toISOString()}`}`;
	switch (reach.kind) {
		case 'folders':
			return `${subject} below ${reach.folders.map(quoted).join(' and ')}, ${end}.`;
		case 'deeds':
			return `${subject}${reach.folders.length === 0 ? '' : ` below ${reach.folders.map(quoted).join(' and ')}`}, ${end}.`;
		case 'hosts':
			return `${subject} to ${reach.hosts.map(quoted).join(' and ')}, ${end}.`;
		case 'call':
			return `This very call of ${subject} again, ${end}.`;
	}
}

/** A text as a double-quoted scalar of YAML 1.2 §7.3.1; what cannot be seen, or turns text around, is escaped. */
export function quoted(text: string): string {
	return JSON.stringify(text).replace(/[\p{C}\p{Z}]/gu, char =>
		char === ' ' ? char : `\\U${(char.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
	);
}

function reachLines(reach: GrantReach): readonly string[] {
	switch (reach.kind) {
		case 'deeds':
		case 'folders': {
			if (reach.folders.length === 0) {
				return [];
			}
			const [only, ...others] = reach.folders;
			return only !== undefined && others.length === 0
				? [`    path_prefix: ${quoted(only)}`]
				: [`    paths: [${reach.folders.map(folder => quoted(`${literalGlob(folder)}/**`)).join(', ')}]`];
		}
		case 'hosts':
			return [`    hosts: [${reach.hosts.map(quoted).join(', ')}]`];
		case 'call':
			return [];
	}
}

/** A glob that fits this text; `?` where globs have no way to say a character (glob.ts). */
export function literalGlob(text: string): string {
	return hasGlobMagic(text) || isInexpressible(text)
		? Array.from(text, char => (/[{}\\(!\]]/.test(char) ? '?' : /[*?[]/.test(char) ? `[${char}]` : char)).join('')
		: text;
}

/** True for a text with characters that globs cannot say exactly. */
export function isInexpressible(text: string): boolean {
	return /[{}\\]|[@!+?*]\(|^!/.test(text) || (hasGlobMagic(text) && /[\](!]/.test(text));
}
