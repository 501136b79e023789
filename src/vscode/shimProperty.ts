import { type OriginFormat } from '../domain/registry/originFormat';
import { type ShimLaunch } from './discoveryShim';

/** The text of a property that starts our shim under the name of a server, for the file of another client. */
export function shimProperty(
	name: string,
	shape: NonNullable<OriginFormat['shim']>,
	{ command, args, env }: ShimLaunch,
): string {
	const launch = { command, args, ...(Object.keys(env).length > 0 && { env }) };
	// Copilot CLI wants a type, and to be told which tools it may offer: our guard decides on each call.
	const value = shape === 'local' ? { type: 'local', ...launch, tools: ['*'] } : launch;
	return `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
}
