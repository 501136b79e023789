/** Every id that package.json contributes, once. A test holds package.json, package.nls.json and the README to it. */

/** The commands. The value is the id; titles live in package.nls.json. */
export const commandIds = {
	guardServers: 'mcpFirewall.guardServers',
	undoGuard: 'mcpFirewall.undoGuard',
	reviewServer: 'mcpFirewall.reviewServer',
	tryToolCall: 'mcpFirewall.tryToolCall',
	openPanel: 'mcpFirewall.openPanel',
	openAuditView: 'mcpFirewall.openAuditView',
	verifyTrail: 'mcpFirewall.verifyTrail',
	exportTrail: 'mcpFirewall.exportTrail',
	trailStatistics: 'mcpFirewall.trailStatistics',
	openPolicy: 'mcpFirewall.openPolicy',
	reviewWorkspacePolicy: 'mcpFirewall.reviewWorkspacePolicy',
	manageGrants: 'mcpFirewall.manageGrants',
	withheldAnswers: 'mcpFirewall.withheldAnswers',
	probeServer: 'mcpFirewall.probeServer',
	manageCredentials: 'mcpFirewall.manageCredentials',
	showTrustCard: 'mcpFirewall.showTrustCard',
	forgetServerIdentity: 'mcpFirewall.forgetServerIdentity',
	addTrustedIssuer: 'mcpFirewall.addTrustedIssuer',
	pinIssuerKeys: 'mcpFirewall.pinIssuerKeys',
	importCallerBadge: 'mcpFirewall.importCallerBadge',
	createLocalIdentity: 'mcpFirewall.createLocalIdentity',
	removeCallerIdentity: 'mcpFirewall.removeCallerIdentity',
	useBreakGlassToken: 'mcpFirewall.useBreakGlassToken',
	setDecisionServiceHeader: 'mcpFirewall.setDecisionServiceHeader',
	endBreakGlass: 'mcpFirewall.endBreakGlass',
	copyLaunch: 'mcpFirewall.copyLaunch',
	revokeServer: 'mcpFirewall.revokeServer',
	suspendServer: 'mcpFirewall.suspendServer',
	resumeServer: 'mcpFirewall.resumeServer',
	exportRegistry: 'mcpFirewall.exportRegistry',
	importRegistry: 'mcpFirewall.importRegistry',
	stopAll: 'mcpFirewall.stopAll',
	resume: 'mcpFirewall.resume',
	copyTrailKey: 'mcpFirewall.copyTrailKey',
	anchorTrail: 'mcpFirewall.anchorTrail',
	showLog: 'mcpFirewall.showLog',
	showMenu: 'mcpFirewall.showMenu',
	guardAllServers: 'mcpFirewall.guardAllServers',
	answerWaiting: 'mcpFirewall.answerWaiting',
	suggestRules: 'mcpFirewall.suggestRules',
	openWalkthrough: 'mcpFirewall.openWalkthrough',
	addSampleServer: 'mcpFirewall.addSampleServer',
} as const;

/** Second argument of `reviewServer`, after the id of a server: the difference is opened together with the review. */
export const SHOW_DIFFERENCE = 'difference';

/** Actions of the tree: in its menus alone, never in the palette. Each takes the node that it was chosen at. */
export const treeCommandIds = {
	treeReview: 'mcpFirewall.treeReview',
	treeShowDifference: 'mcpFirewall.treeShowDifference',
	treeProbe: 'mcpFirewall.treeProbe',
	treeShowTrustCard: 'mcpFirewall.treeShowTrustCard',
	treeTryToolCall: 'mcpFirewall.treeTryToolCall',
	treeCopyLaunch: 'mcpFirewall.treeCopyLaunch',
	treeSuspend: 'mcpFirewall.treeSuspend',
	treeResume: 'mcpFirewall.treeResume',
	treeRevoke: 'mcpFirewall.treeRevoke',
	treeStopGuarding: 'mcpFirewall.treeStopGuarding',
	treeGuard: 'mcpFirewall.treeGuard',
	treeOpenOrigin: 'mcpFirewall.treeOpenOrigin',
	treeShowInPanel: 'mcpFirewall.treeShowInPanel',
	treeShowProbe: 'mcpFirewall.treeShowProbe',
	treeRevokeGrant: 'mcpFirewall.treeRevokeGrant',
	treeShowGrantRule: 'mcpFirewall.treeShowGrantRule',
	treeRotateCredential: 'mcpFirewall.treeRotateCredential',
	treeRevokeCredential: 'mcpFirewall.treeRevokeCredential',
	treeRefresh: 'mcpFirewall.treeRefresh',
} as const;

/** The views of the activity bar, in their order, and the container that they are in. */
export const viewIds = {
	servers: 'mcpFirewall.servers',
	grants: 'mcpFirewall.grants',
	credentials: 'mcpFirewall.credentials',
} as const;

/** `contributes.viewsContainers.activitybar[].id`. */
export const viewContainerId = 'mcpFirewall';

/** Commands for buttons and lenses of our own: registered, but in no menu, and not in package.json. */
export const innerCommandIds = {
	/** Takes the id of an audit entry. */
	why: 'mcpFirewall.why',
	/** Takes the path of a policy and the id of a rule. */
	showRuleTests: 'mcpFirewall.showRuleTests',
	addRuleTest: 'mcpFirewall.addRuleTest',
	showCoverage: 'mcpFirewall.showCoverage',
	/** What the organisation's files lock. */
	showLocks: 'mcpFirewall.showLocks',
	/** Each takes the id of the entry of a withheld answer. */
	releaseAnswer: 'mcpFirewall.releaseAnswer',
	keepAnswer: 'mcpFirewall.keepAnswer',
	/** Takes the id of an audit entry and, where it is known, the id of a rule of inspection. */
	suppressRule: 'mcpFirewall.suppressRule',
} as const;

/** The settings, all of scope `application`: neither a workspace nor what a dev container brings along can set one. */
export const settingIds = {
	preset: 'mcpFirewall.preset',
	policyFile: 'mcpFirewall.policyFile',
	organisationPolicy: 'mcpFirewall.organisationPolicy',
	prompts: 'mcpFirewall.prompts',
	approvalSurface: 'mcpFirewall.approvalSurface',
	approvalTimeout: 'mcpFirewall.approvalTimeout',
	notices: 'mcpFirewall.notices',
	auditParamsHash: 'mcpFirewall.audit.paramsHash',
	auditDurability: 'mcpFirewall.audit.durability',
	auditGitNotes: 'mcpFirewall.audit.gitNotes',
	otlpEndpoint: 'mcpFirewall.audit.otlpEndpoint',
	auditRetentionDays: 'mcpFirewall.audit.retentionDays',
	auditRetentionMegabytes: 'mcpFirewall.audit.retentionMegabytes',
	identityTrustedIssuers: 'mcpFirewall.identity.trustedIssuers',
	identityAcceptLevelZero: 'mcpFirewall.identity.acceptLevelZero',
	identityTrustedKeys: 'mcpFirewall.identity.trustedKeys',
	identityOffline: 'mcpFirewall.identity.offline',
	identityMaxStaleness: 'mcpFirewall.identity.maxStaleness',
	identityAudience: 'mcpFirewall.identity.audience',
	decisionServiceUrl: 'mcpFirewall.decisionService.url',
	decisionServiceKind: 'mcpFirewall.decisionService.kind',
	breakGlassKeys: 'mcpFirewall.breakGlass.keys',
} as const;

/** What `mcpFirewall.prompts` can be. */
export const promptModes = ['both', 'firewallOnly'] as const;

/** What `mcpFirewall.approvalSurface` can be. */
export const approvalSurfaces = ['modal', 'notification', 'panel'] as const;

/** Context keys for `when` clauses. */
export const contextKeys = {
	stopped: 'mcpFirewall.stopped',
	/** A server of this window is guarded. */
	guarding: 'mcpFirewall.guarding',
	/** Any server is guarded, of this window or of another folder. */
	registered: 'mcpFirewall.registered',
	/** How many servers that can be guarded are not. */
	unguarded: 'mcpFirewall.unguarded',
	policyBroken: 'mcpFirewall.policyBroken',
	/** A call waits for the person. */
	waiting: 'mcpFirewall.waiting',
	/** A break-glass token is in use. */
	breakGlass: 'mcpFirewall.breakGlassInUse',
	/** A local key or an imported badge is kept. */
	callerIdentity: 'mcpFirewall.callerIdentity',
} as const;

/** The walkthrough: `contributes.walkthroughs[].id`. */
export const walkthroughId = 'start';

/** Context keys of the walkthrough's steps, each set once what it speaks of has really happened. */
export const stepKeys = {
	guarded: 'mcpFirewall.hasGuarded',
	called: 'mcpFirewall.hasCalled',
	answered: 'mcpFirewall.hasAnswered',
	trailRead: 'mcpFirewall.hasReadTrail',
} as const;

/** The walkthrough's steps: `contributes.walkthroughs[].steps[].id`. */
export const stepIds = { guarded: 'guard', called: 'call', answered: 'approval', trailRead: 'trail' } as const;

/** `contributes.mcpServerDefinitionProviders[].id`. */
export const providerId = 'mcpFirewall.guarded';

/** The webview's view type. */
export const panelViewType = 'mcpFirewall.panel';

/** The view type of the review editor. */
export const reviewViewType = 'mcpFirewall.review';

/** The view type of the trust card. */
export const trustCardViewType = 'mcpFirewall.trustCard';

/** The kinds of decision services that `mcpFirewall.decisionService.kind` names. */
export const decisionKinds = ['pip', 'opa'] as const;

/** URI scheme of read-only documents that show call details and diffs. */
export const documentScheme = 'mcp-firewall';

/** The catalogue of compositions, a file of `policies/`. */
export const compositionFile = 'composition.yaml';

/** The file name by which a workspace may tighten the policy. */
export const workspacePolicyFile = '.vscode/mcp-firewall.yaml';

/** What `mcpFirewall.preset` can be; each is a file of `policies/`. */
export const presets = ['balanced', 'strict', 'observe'] as const;
