import { describeLaunch } from '../domain/registry/launch';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { undoOrigin } from '../storage/originEdits';
import { readOriginRecords } from '../storage/originRecord';
import { describeRegistryProblem } from '../storage/registryContent';
import { type GuardDeps } from './guardPorts';
import { problemText } from './problemText';
import { quoteForPerson } from './quote';
import { say } from './say';

/** "Stop Guarding a Server…": puts a server back into the file it came from and forgets it. */
export async function undoGuard(deps: GuardDeps): Promise<void> {
	const { ui, registry } = deps;
	if (registry.problem !== undefined) {
		ui.error(quoteForPerson(problemText(describeRegistryProblem(registry.problem)), 600));
		return;
	}
	if (registry.all().length === 0) {
		ui.info(say('No server is guarded.'));
		return;
	}
	const entry = await ui.pickEntry(registry.all(), say('Stop guarding which server?'));
	if (entry !== undefined) {
		await stopGuarding(deps, entry);
	}
}

/**
 * Restores the file, then removes the entry. When the file cannot be restored the server stays guarded, so that it is never
 * lost. Says what happened.
 */
export async function stopGuarding(deps: GuardDeps, entry: ServerEntry): Promise<void> {
	const { ui } = deps;
	const name = quoteForPerson(entry.name, 60);
	if (!(await mayLose(deps, entry))) {
		return;
	}
	const said = await restoreOrigins(deps, entry);
	if ('problem' in said) {
		ui.error(
			say('“{0}” stays guarded, because it cannot be put back: {1}.', name, quoteForPerson(said.problem, 500)),
		);
		return;
	}
	const removed = await deps.registry.remove(entry.id);
	if (removed.kind === 'problem') {
		ui.error(
			say(
				'“{0}” was put back but is still guarded: {1}',
				name,
				quoteForPerson(problemText(removed.problem), 500),
			),
		);
		return;
	}
	// Where its tokens are given back may stand in a stored value.
	await deps.onReleased?.(entry);
	await deps.secrets.delete(entry.id);
	// Whoever guards it again takes it for whoever it is then.
	await deps.forgetPrincipal?.(entry.id);
	ui.info(`${say('“{0}” is not guarded any more.', name)} ${said.notes.join(' ')}`.trim());
}

/** A backup whose key is gone gives nothing back: then a person decides, with the launch before their eyes. */
async function mayLose(deps: GuardDeps, { id, name, launch }: ServerEntry): Promise<boolean> {
	const { unopened } = await readOriginRecords(deps.backups);
	if (!unopened.includes(id)) {
		return true;
	}
	const detail = [
		say(
			'The backup of the file that it came from cannot be opened, so its definition is not put back, and the values that are stored for it are deleted. This is what it starts:',
		),
		'',
		quoteForPerson(describeLaunch(launch), 1500),
	].join('\n');
	return deps.ui.confirm(
		say('“{0}” cannot be put back. Stop guarding it all the same?', quoteForPerson(name, 60)),
		detail,
		say('Stop'),
	);
}

async function restoreOrigins(
	deps: GuardDeps,
	entry: ServerEntry,
): Promise<{ readonly notes: readonly string[] } | { readonly problem: string }> {
	const first = await readOriginRecords(deps.backups);
	for (const path of first.problems) {
		deps.logger.warn(`a backup of a configuration file cannot be read: ${path}`);
	}
	const ids = first.records.filter(({ serverId }) => serverId === entry.id).map(({ id }) => id);
	if (ids.length === 0) {
		return { notes: [say('There is no record of a file to put it back into.')] };
	}
	const notes: string[] = [];
	for (const id of ids.reverse()) {
		// Read again each time: undoing one record moves the others of the same file.
		const record = (await readOriginRecords(deps.backups)).records.find(candidate => candidate.id === id);
		if (record === undefined) {
			continue;
		}
		const file = quoteForPerson(record.file, 300);
		if (deps.ui.hasUnsavedChanges(record.file)) {
			return { problem: say('{0} has unsaved changes; save or revert it first', file) };
		}
		const outcome = await undoOrigin(record, deps.backups);
		switch (outcome.kind) {
			case 'problem':
				return {
					problem: say(
						'{0}: {1}; the original is kept in {2}',
						file,
						problemText(outcome.problem),
						deps.backups.directory,
					),
				};
			case 'restored':
				notes.push(say('{0} is as it was.', file));
				break;
			case 'reinserted':
				notes.push(
					say('{0} was edited meanwhile: your edits were kept and the server was put back at its end.', file),
				);
				break;
			case 'already-there':
				notes.push(say('{0} defines a server of that name already and was left alone.', file));
				break;
		}
	}
	return { notes };
}
