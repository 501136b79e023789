import { resolve } from 'node:path';
import { type Command } from './command';
import { needed, readCommandLine, wholeNumber } from './commandLine';
import {
	auditCommand,
	changeStatusCommand,
	type FindReachable,
	listRegistry,
	showEntry,
	type StatusVerb,
} from './registryCommands';
import { withRegistry } from './registryPlace';
import { exportCommand, importCommand } from './registryTransfer';

const PLACE = { data: { type: 'string' } } as const;
const SHOWN = { ...PLACE, json: { type: 'boolean', default: false } } as const;

/** Makes the search for servers of a data directory and of folders that are worked in. */
export type MakeFindReachable = (dataDirectory: string, folders: readonly string[]) => FindReachable;

/** The commands for the registry of a person's editor; the composition root says how servers are searched for. */
export function registryRoom(findReachable: MakeFindReachable): readonly Command[] {
	return [
		{
			name: 'registry list',
			help: '  registry list [--data DIR] [--json]  the guarded servers',
			async run(args, out) {
				const { values } = readCommandLine(args, [], SHOWN);
				return withRegistry(values.data, out, place => listRegistry(place, values.json, out));
			},
		},
		{
			name: 'registry show',
			help: '  registry show SERVER [--data DIR] [--json]',
			async run(args, out) {
				const { values, operands } = readCommandLine(args, ['SERVER'], SHOWN);
				return withRegistry(values.data, out, place => showEntry(place, operands[0], values.json, out));
			},
		},
		{
			name: 'registry audit',
			help: `  registry audit [--data DIR] [--workspace DIR]… [--json]
                                       every capability, and what the registry does not account for (exit 1: something)`,
			async run(args, out) {
				const options = { ...SHOWN, workspace: { type: 'string', multiple: true } } as const;
				const { values } = readCommandLine(args, [], options);
				const folders = (values.workspace ?? [process.cwd()]).map(folder => resolve(folder));
				return withRegistry(values.data, out, place =>
					auditCommand(place, findReachable(place.data, folders), values.json, out),
				);
			},
		},
		...(['revoke', 'suspend', 'resume'] as const).map(statusCommand),
		{
			name: 'registry export',
			help: `  registry export FILE --key PEM [--name NAME] [--days N] [--data DIR]
                                       the registry, signed with that key, which is made where there is none`,
			async run(args, out) {
				const strings = {
					key: { type: 'string' },
					name: { type: 'string' },
					days: { type: 'string' },
				} as const;
				const { values, operands } = readCommandLine(args, ['FILE'], { ...PLACE, ...strings });
				const days = wholeNumber(values.days, '--days');
				const options = {
					...{ file: operands[0], key: needed(values.key, '--key') },
					...(values.name !== undefined && { name: values.name }),
					...(days !== undefined && { days }),
				};
				return withRegistry(values.data, out, place => exportCommand(place, options, out));
			},
		},
		{
			name: 'registry import',
			help: `  registry import FILE [--publisher FINGERPRINT] [--data DIR]
                                       takes in what that publisher signed; all of it waits for a review`,
			async run(args, out) {
				const options = { ...PLACE, publisher: { type: 'string' } } as const;
				const { values, operands } = readCommandLine(args, ['FILE'], options);
				const { publisher } = values;
				return withRegistry(values.data, out, place =>
					importCommand(place, { file: operands[0], ...(publisher !== undefined && { publisher }) }, out),
				);
			},
		},
	];
}

const EFFECTS: Readonly<Record<StatusVerb, string>> = {
	revoke: 'ends it in every window and folder at once; only a review brings it back',
	suspend: 'puts it to rest in every window at once',
	resume: 'lets what a person put to rest go on',
};

function statusCommand(verb: StatusVerb): Command {
	return {
		name: `registry ${verb}`,
		help: `  ${`registry ${verb} SERVER [--data DIR]`.padEnd(37)}${EFFECTS[verb]}`,
		async run(args, out) {
			const { values, operands } = readCommandLine(args, ['SERVER'], PLACE);
			return withRegistry(values.data, out, place => changeStatusCommand(place, verb, operands[0], out));
		},
	};
}
