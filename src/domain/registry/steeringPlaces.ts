/** What a text that steers an agent is. `hook`: it runs programs. `tool`: what an extension says of a tool of its own. */
export type SteeringKind = 'instructions' | 'prompt' | 'skill' | 'agent' | 'hook' | 'tool';

/** A file or a folder whose files steer agents. */
export interface SteeringPlace {
	readonly kind: SteeringKind;
	/** Absolute. */
	readonly path: string;
	/** What it belongs to: an open folder, `user`, or `tools`. */
	readonly scope: string;
}

/** Files and folders of an open folder, by their names from there. */
const OF_FOLDER: readonly (readonly [kind: SteeringKind, ...names: readonly string[]])[] = [
	['instructions', '.github', 'copilot-instructions.md'],
	['instructions', '.github', 'instructions'],
	['instructions', 'AGENTS.md'],
	['instructions', 'CLAUDE.md'],
	['instructions', '.claude', 'CLAUDE.md'],
	['instructions', '.cursorrules'],
	['instructions', '.cursor', 'rules'],
	['instructions', '.windsurfrules'],
	['prompt', '.github', 'prompts'],
	['prompt', '.claude', 'commands'],
	['skill', '.github', 'skills'],
	['skill', '.claude', 'skills'],
	['skill', '.agents', 'skills'],
	['agent', '.github', 'agents'],
	['agent', '.github', 'chatmodes'],
	['agent', '.claude', 'agents'],
	['hook', '.github', 'hooks'],
];

/** The same of a person's home folder. */
const OF_HOME: readonly (readonly [kind: SteeringKind, ...names: readonly string[]])[] = [
	['instructions', '.copilot', 'copilot-instructions.md'],
	['instructions', '.claude', 'CLAUDE.md'],
	['prompt', '.claude', 'commands'],
	['skill', '.copilot', 'skills'],
	['skill', '.claude', 'skills'],
	['skill', '.agents', 'skills'],
	['agent', '.copilot', 'agents'],
	['agent', '.claude', 'agents'],
];

/** Where instructions, prompts, skills and agents lie (VS Code docs, "Customize AI"; code.claude.com/docs, "Skills"). */
export function steeringPlaces(host: {
	readonly platform: string;
	readonly home: string;
	readonly folders: readonly string[];
	readonly userFolders: readonly string[];
}): readonly SteeringPlace[] {
	const separator = host.platform === 'win32' ? '\\' : '/';
	const below = (base: string, scope: string, all: typeof OF_FOLDER) =>
		all.map(([kind, ...names]): SteeringPlace => ({ kind, path: [base, ...names].join(separator), scope }));
	return [
		...host.folders.flatMap(folder => below(folder, folder, OF_FOLDER)),
		...below(host.home, 'user', OF_HOME),
		...host.userFolders.flatMap(folder => below(folder, 'user', [['prompt', 'prompts']])),
	];
}
