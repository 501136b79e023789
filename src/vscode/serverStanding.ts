import { type ServerEntry } from '../domain/registry/serverEntry';
import { quoteForPerson } from './quote';
import { say } from './say';
import { type UnguardedServer } from './unguardedServers';

/** What the standing of a guarded server follows from. */
export interface StandingFacts {
	/** False for a server of a folder that is not open here. */
	readonly isHere: (entry: ServerEntry) => boolean;
	readonly stopped: boolean;
	/** True while the server lists other things than were reviewed. */
	readonly hasDrifted: (entry: ServerEntry) => boolean;
	/** One sentence where a list of servers keeps it from running; absent where there is none to ask. */
	readonly notListed?: (entry: ServerEntry) => string | undefined;
	/** The server for whose sake VS Code keeps it off; absent where nobody looks. */
	readonly keptOff?: (entry: ServerEntry) => UnguardedServer | undefined;
}

/** How a guarded server stands, as its row says it. */
export interface Standing {
	/** A word for the context of menus. */
	readonly word: string;
	readonly text: string;
	readonly icon: string;
	readonly color?: string;
	/** True where only a person can change it. */
	readonly needsReview: boolean;
}

/** How a server stands: what a person has to do something about comes first. */
export function standingOf(
	entry: ServerEntry,
	{ isHere, hasDrifted, stopped, notListed, keptOff }: StandingFacts,
): Standing {
	const warning = { icon: 'warning', color: 'list.warningForeground' };
	switch (entry.status) {
		case 'pending-review':
			return { word: 'pending', text: say('review needed'), needsReview: true, ...warning, icon: 'question' };
		case 'suspended':
			return { word: 'suspended', text: say('suspended'), needsReview: true, ...warning };
		case 'revoked':
			return {
				...{ word: 'revoked', text: say('revoked'), needsReview: false },
				...{ icon: 'circle-slash', color: 'list.errorForeground' },
			};
		case 'approved':
			break;
	}
	if (!isHere(entry)) {
		return { word: 'elsewhere', text: say('belongs to another folder'), icon: 'folder', needsReview: false };
	}
	if (notListed?.(entry) !== undefined) {
		return {
			word: 'unlisted',
			text: say('not allowed by your organisation’s list of MCP servers'),
			icon: 'lock',
			needsReview: false,
		};
	}
	if (hasDrifted(entry)) {
		return { word: 'drifted', text: say('changed since its review'), needsReview: true, ...warning };
	}
	if (keptOff?.(entry) !== undefined) {
		// For us it runs as before, so that its menus stay.
		return { word: 'approved', text: say('kept off by VS Code'), needsReview: false, ...warning };
	}
	return stopped
		? {
				word: 'stopped',
				text: say('stopped'),
				icon: 'stop-circle',
				color: 'list.errorForeground',
				needsReview: false,
			}
		: { word: 'approved', text: say('approved'), icon: 'shield', color: 'testing.iconPassed', needsReview: false };
}

/** What VS Code does about two servers of one name, for a person who misses the guarded one. */
export function keptOffText({ name, place }: UnguardedServer): string {
	return say(
		'VS Code runs one server of a name, and prefers those of its own files: while “{0}” in {1} is not guarded, it keeps this one off.',
		quoteForPerson(name, 60),
		quoteForPerson(place, 300),
	);
}
