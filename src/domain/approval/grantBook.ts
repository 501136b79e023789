import { type PathFact } from '../policy/facts';
import { isWithin, type PathRules } from '../policy/pathSegments';

/** The call that a grant is asked for, or that asks to be covered by one. */
export interface GrantSubject {
	readonly session: string;
	readonly serverId: string;
	readonly tool: string;
	readonly capability: string;
	/** Digest of the reviewed tool; a changed tool voids the grant. */
	readonly toolDigest: string;
	/** Digest of the policy in force and of the rules that asked; a change of either voids the grant. */
	readonly policyDigest: string;
	/** Digest of the exact call. */
	readonly digest: string;
	readonly paths: readonly PathFact[];
}

/** A remembered "Allow for Session". */
export interface Grant {
	readonly id: string;
	readonly subject: GrantSubject;
	/** Folders that the grant covers; empty means the exact call only. */
	readonly folders: readonly string[];
}

/**
 * Grants of scope `session`, in memory only, so that nothing an agent can write holds one. A grant covers the same tool
 * of the same server in the same session, below the folders of the approved call; a call without paths is covered only
 * when it is the same to the byte.
 */
export class GrantBook {
	private readonly grants: Grant[] = [];

	remember(id: string, subject: GrantSubject): Grant {
		const grant = { id, subject, folders: grantFolders(subject) };
		this.grants.push(grant);
		return grant;
	}

	find(subject: GrantSubject, rules: PathRules): Grant | undefined {
		return this.grants.find(grant => covers(grant, subject, rules));
	}

	clear(): void {
		this.grants.length = 0;
	}
}

/**
 * The folders that "Allow for Session" would cover: those which hold the call's paths. Only for file tools, whose paths are
 * what they do; a query or a command with a path beside it is another call with every text, so only the exact one counts.
 */
function grantFolders({ capability, paths }: Pick<GrantSubject, 'capability' | 'paths'>): readonly string[] {
	return capability.startsWith('filesystem.')
		? [...new Set(paths.flatMap(path => path.candidates.map(parentOf)))]
		: [];
}

/** What "Allow for Session" would cover, as the person should read it; `quote` makes a folder fit to be shown. */
export function describeGrant(
	subject: Pick<GrantSubject, 'capability' | 'paths'>,
	quote: (folder: string) => string,
): string {
	const folders = grantFolders(subject);
	return folders.length === 0
		? 'this very call again, until the session ends'
		: `this tool below ${folders.map(quote).join(' and ')}, until the session ends`;
}

function covers(grant: Grant, subject: GrantSubject, rules: PathRules): boolean {
	const given = grant.subject;
	const same =
		given.session === subject.session &&
		given.serverId === subject.serverId &&
		given.tool === subject.tool &&
		given.capability === subject.capability &&
		given.toolDigest === subject.toolDigest &&
		given.policyDigest === subject.policyDigest;
	if (!same) {
		return false;
	}
	if (given.digest === subject.digest) {
		return true;
	}
	return (
		subject.paths.length > 0 &&
		subject.paths.every(
			path =>
				path.problem === undefined &&
				path.candidates.length > 0 &&
				path.candidates.every(candidate => grant.folders.some(folder => isWithin(candidate, folder, rules))),
		)
	);
}

/** The folder of a canonical path; a root has none, and then only the path itself is covered. */
function parentOf(path: string): string {
	const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
	return cut <= 0 ? path : path.slice(0, cut);
}
