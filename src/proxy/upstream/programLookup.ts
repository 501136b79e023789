import { type ProgramLookup } from '../../domain/registry/programLookup';
import { upstreamEnvironment } from './environment';
import { resolveCommand } from './resolveCommand';
import { type ResolvedLaunch } from './stdioUpstream';

/** Finds programs for a launch under the environment of this process, as {@link StdioUpstream} does. */
export function programLookup({ cwd, env: given }: ResolvedLaunch): ProgramLookup {
	const { platform } = process;
	const env = upstreamEnvironment(process.env, given, platform);
	const context = { cwd: cwd ?? process.cwd(), env, platform };
	return { env, platform, find: command => resolveCommand(command, context) };
}
