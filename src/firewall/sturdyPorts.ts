import { sha256Hex } from '../base/digest';
import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { phrase } from '../base/phrase';
import { NO_LOCKS } from '../domain/policy/organisationLocks';
import { type PolicyLoad } from '../domain/policy/policy';
import { problemAt } from '../domain/policy/policyProblem';
import { type FirewallPorts } from './ports';

/**
 * The same ports, with trouble of those that every step uses turned into an answer: a policy that cannot be had decides
 * deny, a notice or a log line that cannot be shown is dropped. So none of them can cost an audit entry (invariant 2).
 */
export function sturdyPorts(ports: FirewallPorts): FirewallPorts {
	const logger = sturdyLogger(ports.logger);
	return {
		...ports,
		logger,
		digest(bytes) {
			try {
				return ports.digest(bytes);
			} catch (error) {
				logger.error(`The native digest failed: ${errorText(error)}`);
				return sha256Hex(bytes);
			}
		},
		policy: {
			current() {
				try {
					return ports.policy.current();
				} catch (error) {
					return unavailable(errorText(error));
				}
			},
			// Without a catch: where it cannot be told what is locked, nobody's answer counts.
			locks: () => ports.policy.locks?.() ?? NO_LOCKS,
		},
		notify(notice) {
			try {
				ports.notify(notice);
			} catch (error) {
				logger.error(`A notice could not be shown: ${errorText(error)}`);
			}
		},
	};
}

function unavailable(why: string): PolicyLoad {
	const said = phrase('The policy cannot be had: {0}', why);
	const problem = problemAt('error', 'syntax', said, { file: '', line: 1, column: 1 });
	return { policy: undefined, problems: [problem], digest: '', file: '' };
}

function sturdyLogger(logger: Logger): Logger {
	const level = (name: keyof Logger) => (message: string) => {
		try {
			logger[name](message);
		} catch {
			// There is nobody left to tell.
		}
	};
	return { trace: level('trace'), info: level('info'), warn: level('warn'), error: level('error') };
}
