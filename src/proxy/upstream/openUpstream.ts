import { type Clock } from '../../base/clock';
import { type HttpTarget } from './httpTarget';
import { HttpUpstream } from './httpUpstream';
import { type ResolvedLaunch, StdioUpstream } from './stdioUpstream';
import { type Upstream } from './upstream';
import { type UpstreamSignIn } from './upstreamSignIn';

/** A server that is reached by URL, and our own way to sign in there, if there is one. */
export interface HttpLaunchHere extends HttpTarget {
	readonly signIn?: UpstreamSignIn;
}

/** What starts or reaches an upstream, every value filled in. Never logged, never stored. */
export type UpstreamLaunch = ResolvedLaunch | HttpLaunchHere;

/** The upstream of a launch, not yet started. Throws `config-invalid` for an address that cannot be used. */
export function openUpstream(launch: UpstreamLaunch, clock: Clock): Upstream {
	return launch.kind === 'http' ? new HttpUpstream(launch, clock, launch.signIn) : new StdioUpstream(launch, clock);
}
