/**
 * The figures that bound what a peer can make the proxy do. Sources: spec/wire.md §2 (gates) and §5.1 (design
 * answers).
 */

const MIB = 1024 * 1024;

/** Longest line from a stdio peer and largest HTTP body, bytes. */
export const MAX_LINE_BYTES = 32 * MIB;
/** How much of an over-long line is kept, so that the request it answers can still be settled. */
export const OVERSIZE_HEAD_BYTES = 4096;
/** An over-long line that goes on for this many caps is not a line any more; the upstream is stopped. */
export const RUNAWAY_CAPS = 8;

/** Milliseconds without answer and without progress after which a forwarded request is given up. */
export const REQUEST_DEADLINE_MS = 5 * 60_000;
/** Requests in flight per direction and session; more are refused. */
export const MAX_CLIENT_REQUESTS = 1024;
export const MAX_SERVER_REQUESTS = 256;
/**
 * Ids given up by us whose late answer is still awaited, so that it cannot be taken for the answer to a new request.
 */
export const MAX_ABANDONED_IDS = 1024;

/** Bytes that may wait inside the relay before the peer that sends them is no longer read. */
export const HIGH_WATER_BYTES = 16 * MIB;
/** What a small message costs in that sum, so that a flood of tiny ones is bounded as well. */
export const MIN_MESSAGE_COST = 16 * 1024;

/** Malformed messages told one by one per session and side; the rest is summed up at the end. */
export const NOISE_TOLD = 5;

/**
 * Graces of the stop ladder, milliseconds (MCP 2025-11-25 lifecycle#shutdown): stdin closed, then SIGTERM, then
 * SIGKILL.
 */
export const STOP_AFTER_CLOSE_MS = 2_000;
export const STOP_AFTER_TERM_MS = 2_000;
/** Each of the two graces when the window closes; with `REAP_MS` well below the editor's 5 s. */
export const BRIEF_STOP_MS = 750;
/** How long a killed child may take to be reaped before we stop waiting for it. */
export const REAP_MS = 2_000;
/** After a child exits, how long output that is still in its pipe is waited for. */
export const EXIT_DRAIN_MS = 250;
/** How long a server may live on after it closed its output, before it is taken for ended: it cannot answer any more. */
export const MUTE_GRACE_MS = 500;
/** Tenths of a second that orphans get between SIGTERM and SIGKILL: together well below 5 s after the host's end. */
export const ORPHAN_TERM_POLLS = 10;
/** Guards started per process; one that keeps dying is not started for ever. */
export const MAX_GUARDS = 16;
/**
 * A server that ends by itself again and again: the second time it waits so long, then twice as long each time, at most the
 * other; one that ran for so long before is taken for well.
 */
export const RESTART_FIRST_MS = 1_000;
export const RESTART_MOST_MS = 60_000;
export const RAN_WELL_MS = 60_000;
/** How often, and after how long, a server that takes over a session may list its tools anew until they are those of before. */
export const LIST_ROUNDS = 2;
export const LIST_AGAIN_MS = 500;
/** How often the endpoint looks whether its socket is still there: temporary folders are swept by others. */
export const SOCKET_CHECK_MS = 2_000;
/** How long a process that sessions share outlives the last of them: an editor that restarts a session comes back at once. */
export const SHARED_GRACE_MS = 10_000;
/** Lines of its log that are told when a server ended by itself. */
export const LAST_LOG_LINES = 5;
/** `initialize` and `tools/list` whose answers are looked at on their way, at most. */
export const MAX_WATCHED_REQUESTS = 64;
/** How long answers that are being made may take when a session closes. */
export const CLOSE_SETTLE_MS = 1_000;

/** Bytes of stderr kept per upstream, longest line that is told, and lines told per second. */
export const STDERR_RING_CHARS = 64 * 1024;
export const STDERR_LINE_CHARS = 2_048;
export const STDERR_LINES_PER_SECOND = 100;

/**
 * HTTP face: slow headers, slow bodies, first keep-alive (the answer turns into a stream), later ones; milliseconds.
 */
export const HEADERS_TIMEOUT_MS = 10_000;
/** Bytes of a request's head; what an editor sends is below 1 kB (spec/wire.md H-bigheader). */
export const MAX_HEADER_BYTES = 16 * 1024;
/** Lines of a request's head; node drops what is beyond, so a head that has so many is refused. */
export const MAX_HEADERS = 100;
/** Connections at once, of a whole window; more are dropped before a byte is read (H-slowloris). */
export const MAX_CONNECTIONS = 1024;
export const BODY_TIMEOUT_MS = 30_000;
export const STREAM_AFTER_MS = 5_000;
export const KEEPALIVE_MS = 15_000;
/** A client that takes nothing for so long while something waits for it is cut off. */
export const STALLED_CLIENT_MS = 30_000;
/** Messages and bytes that wait for a client's GET stream. */
export const MAX_QUEUED_MESSAGES = 256;
export const MAX_QUEUED_BYTES = 8 * MIB;
/** Sessions per server; the least recently used one without an open response makes room. */
export const MAX_SESSIONS_PER_SERVER = 16;
/** Bytes of requests in flight per direction and session; more are refused. */
export const MAX_REQUEST_BYTES = 128 * MIB;

/** What a stdio client that closed its output may still get answers for, milliseconds. */
export const LAST_ANSWERS_MS = 2_000;
/** How long a stdio client is still told that all is stopped before its session ends, milliseconds. */
export const STOPPED_LINGER_MS = 500;

/**
 * Reading for review what a server says of itself: the whole of it, pages and items of each list, and lists if the server
 * keeps changing its mind.
 */
export const INSPECT_DEADLINE_MS = 30_000;
export const MAX_INSPECT_PAGES = 100;
export const MAX_INSPECT_ITEMS = 10_000;
export const MAX_INSPECT_ROUNDS = 3;

/**
 * The behaviour probe. How often the processes of a server are looked at, how long a tool is watched after its answer, how long
 * it may take, and how long the server may live on when all is over; milliseconds.
 */
export const PROBE_SAMPLE_MS = 10;
export const PROBE_LSOF_MS = 300;
export const PROBE_SETTLE_MS = 700;
export const PROBE_CALL_MS = 60_000;
export const PROBE_END_MS = 500;
/** Files of the probe's own world and of the open folders that are looked at. */
export const MAX_PROBE_FILES = 20_000;
/** What the probe's sink reads of one connection, bytes, and how long it waits for it, milliseconds. */
export const PROBE_SINK_BYTES = 64 * 1024;
export const PROBE_SINK_MS = 2_000;

/** How much text of a server or a model is quoted in a question to a person, characters. */
export const MAX_QUOTED_CHARS = 300;

/**
 * HTTP upstreams. One answer or event is bounded by `MAX_LINE_BYTES`; this bounds what half-received ones of a session hold
 * together, as they come on many connections.
 */
export const MAX_UPSTREAM_HELD_BYTES = 128 * MIB;
/** Bytes of a response's head; how long it may take from its first byte to its last, milliseconds. */
export const MAX_UPSTREAM_HEADER_BYTES = 16 * 1024;
export const UPSTREAM_HEADERS_MS = 10_000;
/** Requests of one session that wait for their response at the same time; more are refused. */
export const MAX_UPSTREAM_CALLS = 256;
/** How long the server may take to accept a notification or a response, or to open a stream, milliseconds. */
export const UPSTREAM_ACCEPT_MS = 30_000;
/** A response of which nothing comes for so long is given up, milliseconds. */
export const UPSTREAM_IDLE_MS = 5 * 60_000;
/** How long a stream may stay open after it brought its answer, and after its request was cancelled, milliseconds. */
export const STREAM_LINGER_MS = 1_000;
export const CANCELLED_LINGER_MS = 10_000;
/** Idle connections are closed before most servers do it (5 s), so that no request meets a closing one, milliseconds. */
export const UPSTREAM_KEEPALIVE_MS = 4_000;
/** Waits before a stream is opened again, milliseconds: without a word of the server, growing; and what it may ask for. */
export const RECONNECT_FIRST_MS = 1_000;
export const RECONNECT_MAX_MS = 30_000;
export const MAX_RETRY_FIELD_MS = 5 * 60_000;
/** How often in a row a stream is opened again that brings nothing. */
export const MAX_EMPTY_RECONNECTS = 5;
/** Longest event id that is sent back, and longest session id, characters. */
export const MAX_EVENT_ID_CHARS = 1024;
export const MAX_SESSION_ID_CHARS = 1024;
/** A busy server (429, 503): how often a request that it did not take is made again, and the longest wait, ms. */
export const MAX_BUSY_RETRIES = 2;
export const MAX_RETRY_AFTER_MS = 10_000;
/** How long the end of a session may take to be told to an HTTP server when everything must stop at once, ms. */
export const LAST_WORD_MS = 250;
/** Sign-ins (401) and further scopes (403) that one request may cause. */
export const MAX_SIGN_INS = 2;
/** OAuth: longest answer of an authorization server, bytes; longest wait for one, and for a person, milliseconds. */
export const MAX_OAUTH_BYTES = MIB;
export const OAUTH_ANSWER_MS = 30_000;
export const OAUTH_PERSON_MS = 5 * 60_000;

/**
 * Revision 2026-07-28 (no sessions). Processes of one server that serve such requests side by side: a second one is needed
 * only while two clients use the same id or progress token at once.
 */
export const MAX_STATELESS_UPSTREAMS = 4;
/** How long such a process is kept when nobody asks it anything, milliseconds. */
export const STATELESS_IDLE_MS = 10 * 60_000;

/**
 * The shim for other clients: a connection that nobody uses is closed before the window's own keep-alive ends; a stream that
 * broke is opened again; how long a window may take to end a session, and a gateway of our own (it stops its upstream first).
 */
export const CONNECT_IDLE_MS = HEADERS_TIMEOUT_MS * 3;
export const CONNECT_STREAM_AGAIN_MS = 1_000;
export const CONNECT_CLOSE_MS = 2_000;
export const CONNECT_CHILD_CLOSE_MS = STOP_AFTER_CLOSE_MS + STOP_AFTER_TERM_MS + REAP_MS;
/** How often a message is handed to another link before its sender is told; how often a window is looked for meanwhile. */
export const CONNECT_ATTEMPTS = 3;
export const CONNECT_LOOK_MS = 2_000;
/** Tools of a sessionless upstream whose marked parameters are remembered. */
export const MAX_MARKED_TOOLS = 1024;

/** How long whoever needs to know who a server is waits for that, ms (identity.md §6.2, 8). */
export const IDENTITY_BUDGET_MS = 5_000;
/** How long a server may take to answer a challenge; one that does not know of any may not answer at all. */
export const IDENTITY_ANSWER_MS = 3_000;
/** Before a badge ends, a server is asked again; at least so long after it was asked the last time, at most so long. */
export const IDENTITY_AHEAD_MS = 30_000;
export const IDENTITY_AGAIN_MS = 30_000;
export const IDENTITY_LONGEST_MS = 5 * 60_000;
/** How long a call waits for the badge of its caller, before it goes without. */
export const CALLER_BADGE_MS = 1_000;
