CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE trading_sessions (
	id INTEGER NOT NULL,
	strategy_name TEXT NOT NULL,
	symbol TEXT NOT NULL,
	mode TEXT NOT NULL,
	timeframe TEXT NOT NULL,
	initial_balance TEXT NOT NULL,
	start_time BIGINT NOT NULL,
	ended_ms BIGINT,
	end_reason TEXT NOT NULL,
	account_fp TEXT NOT NULL,
	result_id TEXT NOT NULL,
	code_hash TEXT NOT NULL,
	config_hash TEXT NOT NULL,
	plugin_lock_hash TEXT NOT NULL,
	detail JSON NOT NULL,
	CONSTRAINT pk_trading_sessions PRIMARY KEY (id),
	CONSTRAINT ck_trading_sessions_mode CHECK (mode IN ('backtest', 'paper', 'practice', 'live'))
);

CREATE INDEX ix_trading_sessions_account_fp ON trading_sessions (account_fp);

CREATE INDEX ix_trading_sessions_result_id ON trading_sessions (result_id);

CREATE INDEX ix_trading_sessions_strategy_name_start_time ON trading_sessions (strategy_name, start_time);

CREATE TABLE account_history (
	id INTEGER NOT NULL,
	session_id INTEGER NOT NULL,
	timestamp BIGINT NOT NULL,
	balance TEXT NOT NULL,
	equity TEXT NOT NULL,
	drawdown DOUBLE NOT NULL,
	CONSTRAINT pk_account_history PRIMARY KEY (id),
	CONSTRAINT fk_account_history_session_id_trading_sessions FOREIGN KEY(session_id) REFERENCES trading_sessions (id)
);

CREATE INDEX ix_account_history_session_id_timestamp ON account_history (session_id, timestamp);

CREATE TABLE performance_metrics (
	id INTEGER NOT NULL,
	session_id INTEGER NOT NULL,
	period TEXT NOT NULL,
	total_return DOUBLE,
	sharpe_ratio DOUBLE,
	max_drawdown DOUBLE,
	win_rate DOUBLE,
	total_trades INTEGER NOT NULL,
	total_pnl TEXT NOT NULL,
	figures JSON NOT NULL,
	computed_ms BIGINT NOT NULL,
	CONSTRAINT pk_performance_metrics PRIMARY KEY (id),
	CONSTRAINT fk_performance_metrics_session_id_trading_sessions FOREIGN KEY(session_id) REFERENCES trading_sessions (id),
	CONSTRAINT uq_performance_metrics_session_id_period UNIQUE (session_id, period)
);

CREATE TABLE strategy_executions (
	id INTEGER NOT NULL,
	session_id INTEGER NOT NULL,
	strategy_name TEXT NOT NULL,
	symbol TEXT NOT NULL,
	slot TEXT NOT NULL,
	bar_open_ms BIGINT NOT NULL,
	signal_type TEXT NOT NULL,
	outcome INTEGER NOT NULL,
	bits BIGINT NOT NULL,
	requested_risk DOUBLE,
	effective_risk DOUBLE,
	quantity TEXT,
	price TEXT,
	binding TEXT NOT NULL,
	reason TEXT NOT NULL,
	inputs_hash TEXT NOT NULL,
	indicators JSON NOT NULL,
	sentiment_data JSON NOT NULL,
	ml_predictions JSON NOT NULL,
	CONSTRAINT pk_strategy_executions PRIMARY KEY (id),
	CONSTRAINT fk_strategy_executions_session_id_trading_sessions FOREIGN KEY(session_id) REFERENCES trading_sessions (id)
);

CREATE INDEX ix_strategy_executions_outcome_bar_open_ms ON strategy_executions (outcome, bar_open_ms);

CREATE INDEX ix_strategy_executions_session_id_bar_open_ms ON strategy_executions (session_id, bar_open_ms);

CREATE INDEX ix_strategy_executions_symbol_bar_open_ms ON strategy_executions (symbol, bar_open_ms);

CREATE TABLE account_lease (
	account_fp TEXT NOT NULL,
	owner_uuid TEXT NOT NULL,
	host TEXT NOT NULL,
	pid BIGINT NOT NULL,
	boot_id TEXT NOT NULL,
	epoch BIGINT NOT NULL,
	acquired_ms BIGINT NOT NULL,
	heartbeat_ms BIGINT NOT NULL,
	CONSTRAINT pk_account_lease PRIMARY KEY (account_fp),
	CONSTRAINT ck_account_lease_epoch CHECK (epoch > 0)
);

CREATE TABLE foreign_order (
	account_fp TEXT NOT NULL,
	symbol TEXT NOT NULL,
	order_id BIGINT NOT NULL,
	client_id TEXT NOT NULL,
	side TEXT NOT NULL,
	status TEXT NOT NULL,
	qty TEXT NOT NULL,
	executed_qty TEXT NOT NULL,
	first_seen_ms BIGINT NOT NULL,
	updated_ms BIGINT NOT NULL,
	CONSTRAINT pk_foreign_order PRIMARY KEY (account_fp, symbol, order_id)
);

CREATE TABLE foreign_transfer (
	account_fp TEXT NOT NULL,
	transfer_id TEXT NOT NULL,
	asset TEXT NOT NULL,
	delta TEXT NOT NULL,
	time_ms BIGINT NOT NULL,
	detail TEXT NOT NULL,
	CONSTRAINT pk_foreign_transfer PRIMARY KEY (account_fp, transfer_id)
);

CREATE TABLE halt (
	id INTEGER NOT NULL,
	account_fp TEXT NOT NULL,
	scope TEXT NOT NULL,
	breaker TEXT NOT NULL,
	detail TEXT NOT NULL,
	raised_ms BIGINT NOT NULL,
	cleared_ms BIGINT,
	cleared_by TEXT NOT NULL,
	CONSTRAINT pk_halt PRIMARY KEY (id)
);

CREATE UNIQUE INDEX uq_halt_active ON halt (account_fp, scope, breaker) WHERE cleared_ms IS NULL;

CREATE TABLE chain (
	id INTEGER NOT NULL,
	session_id INTEGER NOT NULL,
	account_fp TEXT NOT NULL,
	symbol TEXT NOT NULL,
	slot TEXT NOT NULL,
	bar_open_ms BIGINT NOT NULL,
	tranche INTEGER NOT NULL,
	state TEXT NOT NULL,
	qty TEXT NOT NULL,
	stop_px TEXT,
	token_cid TEXT NOT NULL,
	k INTEGER NOT NULL,
	fence_ms BIGINT NOT NULL,
	opened_ms BIGINT NOT NULL,
	closed_ms BIGINT,
	pnl TEXT,
	detail TEXT NOT NULL,
	CONSTRAINT pk_chain PRIMARY KEY (id),
	CONSTRAINT fk_chain_session_id_trading_sessions FOREIGN KEY(session_id) REFERENCES trading_sessions (id),
	CONSTRAINT uq_chain_account_fp_symbol_slot_bar_open_ms_tranche UNIQUE (account_fp, symbol, slot, bar_open_ms, tranche)
);

CREATE INDEX ix_chain_session_id ON chain (session_id);

CREATE UNIQUE INDEX uq_chain_open ON chain (account_fp, symbol, slot, tranche) WHERE closed_ms IS NULL;

CREATE TABLE checkpoint (
	session_id INTEGER NOT NULL,
	bar_open_ms BIGINT NOT NULL,
	kernel_state BLOB NOT NULL,
	sha256 TEXT NOT NULL,
	schema_version INTEGER NOT NULL,
	CONSTRAINT pk_checkpoint PRIMARY KEY (session_id),
	CONSTRAINT fk_checkpoint_session_id_trading_sessions FOREIGN KEY(session_id) REFERENCES trading_sessions (id)
);

CREATE TABLE attempt (
	id INTEGER NOT NULL,
	chain_id INTEGER NOT NULL,
	n INTEGER NOT NULL,
	verb TEXT NOT NULL,
	client_id TEXT NOT NULL,
	list_client_id TEXT NOT NULL,
	consumes_cid TEXT NOT NULL,
	payload_json TEXT NOT NULL,
	payload_sha256 TEXT NOT NULL,
	ts_signed_ms BIGINT NOT NULL,
	recv_window_ms BIGINT NOT NULL,
	epoch BIGINT NOT NULL,
	state TEXT NOT NULL,
	code BIGINT,
	msg TEXT NOT NULL,
	http INTEGER,
	sent_ms BIGINT,
	answered_ms BIGINT,
	CONSTRAINT pk_attempt PRIMARY KEY (id),
	CONSTRAINT ck_attempt_client_id_length CHECK (length(client_id) <= 36),
	CONSTRAINT fk_attempt_chain_id_chain FOREIGN KEY(chain_id) REFERENCES chain (id),
	CONSTRAINT uq_attempt_chain_id_n UNIQUE (chain_id, n),
	CONSTRAINT uq_attempt_client_id_verb UNIQUE (client_id, verb)
);

CREATE TABLE bar_decision (
	account_fp TEXT NOT NULL,
	symbol TEXT NOT NULL,
	slot TEXT NOT NULL,
	bar_open_ms BIGINT NOT NULL,
	session_id INTEGER NOT NULL,
	inputs_hash TEXT NOT NULL,
	decision TEXT NOT NULL,
	chain_id INTEGER,
	decided_ms BIGINT NOT NULL,
	"plan" JSON NOT NULL,
	CONSTRAINT pk_bar_decision PRIMARY KEY (account_fp, symbol, slot, bar_open_ms),
	CONSTRAINT fk_bar_decision_chain_id_chain FOREIGN KEY(chain_id) REFERENCES chain (id),
	CONSTRAINT fk_bar_decision_session_id_trading_sessions FOREIGN KEY(session_id) REFERENCES trading_sessions (id)
);

CREATE TABLE fill (
	account_fp TEXT NOT NULL,
	symbol TEXT NOT NULL,
	trade_id BIGINT NOT NULL,
	order_id BIGINT NOT NULL,
	client_id TEXT NOT NULL,
	chain_id INTEGER,
	side TEXT NOT NULL,
	price TEXT NOT NULL,
	qty TEXT NOT NULL,
	quote_qty TEXT NOT NULL,
	commission TEXT NOT NULL,
	commission_asset TEXT NOT NULL,
	maker BOOLEAN NOT NULL,
	time_ms BIGINT NOT NULL,
	source TEXT NOT NULL,
	CONSTRAINT pk_fill PRIMARY KEY (account_fp, symbol, trade_id),
	CONSTRAINT fk_fill_chain_id_chain FOREIGN KEY(chain_id) REFERENCES chain (id)
);

CREATE INDEX ix_fill_chain_id ON fill (chain_id);

CREATE TABLE ledger (
	id INTEGER NOT NULL,
	account_fp TEXT NOT NULL,
	asset TEXT NOT NULL,
	delta TEXT NOT NULL,
	balance_after TEXT NOT NULL,
	cause TEXT NOT NULL,
	symbol TEXT NOT NULL,
	ref TEXT NOT NULL,
	leg TEXT NOT NULL,
	chain_id INTEGER,
	time_ms BIGINT NOT NULL,
	CONSTRAINT pk_ledger PRIMARY KEY (id),
	CONSTRAINT ck_ledger_cause CHECK (cause IN ('fill', 'transfer')),
	CONSTRAINT ck_ledger_leg CHECK (leg IN ('base', 'quote', 'commission', 'transfer')),
	CONSTRAINT fk_ledger_chain_id_chain FOREIGN KEY(chain_id) REFERENCES chain (id),
	CONSTRAINT uq_ledger_account_fp_cause_symbol_ref_leg UNIQUE (account_fp, cause, symbol, ref, leg)
);

CREATE INDEX ix_ledger_chain_id ON ledger (chain_id);

CREATE INDEX ix_ledger_newest ON ledger (account_fp, asset, id);

CREATE TABLE order_fact (
	account_fp TEXT NOT NULL,
	symbol TEXT NOT NULL,
	order_id BIGINT NOT NULL,
	client_id TEXT NOT NULL,
	chain_id INTEGER,
	role TEXT NOT NULL,
	status TEXT NOT NULL,
	executed_qty TEXT NOT NULL,
	cum_quote TEXT NOT NULL,
	terminal BOOLEAN NOT NULL,
	expiry_reason TEXT NOT NULL,
	first_source TEXT NOT NULL,
	exec_id BIGINT NOT NULL,
	updated_ms BIGINT NOT NULL,
	CONSTRAINT pk_order_fact PRIMARY KEY (account_fp, symbol, order_id),
	CONSTRAINT fk_order_fact_chain_id_chain FOREIGN KEY(chain_id) REFERENCES chain (id)
);

CREATE INDEX ix_order_fact_chain_id ON order_fact (chain_id);

CREATE INDEX ix_order_fact_open ON order_fact (account_fp, symbol, order_id) WHERE NOT terminal;

CREATE TABLE "trades" (
	id INTEGER NOT NULL,
	session_id INTEGER NOT NULL,
	strategy_name TEXT NOT NULL,
	symbol TEXT NOT NULL,
	side TEXT NOT NULL,
	quantity TEXT NOT NULL,
	entry_time BIGINT NOT NULL,
	entry_price TEXT NOT NULL,
	exit_time BIGINT NOT NULL,
	exit_price TEXT NOT NULL,
	fees TEXT NOT NULL,
	pnl TEXT NOT NULL,
	pnl_pct DOUBLE,
	exit_reason TEXT NOT NULL,
	chain_id INTEGER,
	CONSTRAINT pk_trades PRIMARY KEY (id),
	CONSTRAINT fk_trades_session_id_trading_sessions FOREIGN KEY(session_id) REFERENCES trading_sessions (id),
	CONSTRAINT ck_trades_side CHECK (side IN ('long', 'short')),
	CONSTRAINT fk_trades_chain_id_chain FOREIGN KEY(chain_id) REFERENCES chain (id)
);

CREATE INDEX ix_trades_symbol_exit_time ON trades (symbol, exit_time);

CREATE INDEX ix_trades_session_id_exit_time ON trades (session_id, exit_time);

CREATE INDEX ix_trades_chain_id ON trades (chain_id);

CREATE TABLE "positions" (
	id INTEGER NOT NULL,
	session_id INTEGER NOT NULL,
	strategy_name TEXT NOT NULL,
	symbol TEXT NOT NULL,
	side TEXT NOT NULL,
	quantity TEXT NOT NULL,
	entry_time BIGINT NOT NULL,
	entry_price TEXT NOT NULL,
	current_price TEXT NOT NULL,
	unrealized_pnl TEXT NOT NULL,
	stop_price TEXT,
	updated_ms BIGINT NOT NULL,
	chain_id INTEGER,
	CONSTRAINT pk_positions PRIMARY KEY (id),
	CONSTRAINT ck_positions_side CHECK (side IN ('long', 'short')),
	CONSTRAINT fk_positions_session_id_trading_sessions FOREIGN KEY(session_id) REFERENCES trading_sessions (id),
	CONSTRAINT fk_positions_chain_id_chain FOREIGN KEY(chain_id) REFERENCES chain (id)
);

CREATE INDEX ix_positions_session_id ON positions (session_id);

CREATE INDEX ix_positions_chain_id ON positions (chain_id);

CREATE TRIGGER order_fact_terminal BEFORE UPDATE ON order_fact WHEN OLD.terminal
    BEGIN SELECT RAISE(ABORT, 'a terminal order never changes'); END;

CREATE TRIGGER order_fact_kept BEFORE DELETE ON order_fact WHEN OLD.terminal
    BEGIN SELECT RAISE(ABORT, 'a terminal order is never removed'); END;

INSERT INTO alembic_version (version_num) VALUES ('0002');

PRAGMA application_id = 1415007812;

PRAGMA user_version = 2
