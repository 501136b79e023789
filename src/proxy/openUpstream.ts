import { type Clock } from '../base/clock';
import { type ResolvedLaunch, StdioUpstream } from './stdioUpstream';
import { type Upstream } from './upstream';

/** What starts or reaches an upstream, every value filled in. Never logged, never stored. */
export type UpstreamLaunch = ResolvedLaunch;

/** The upstream of a launch, not yet started. */
export function openUpstream(launch: UpstreamLaunch, clock: Clock): Upstream {
	return new StdioUpstream(launch, clock);
}
