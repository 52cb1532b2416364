package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.llmserving.text.template.Expr.Use;
import io.llmserving.text.template.Stmt.Signature;
import io.llmserving.text.template.Token.Type;

/**
 * Parses a template into statements.
 */
final class StatementParser {

	private final TokenStream stream;

	private final ExpressionParser expressions;

	private final PrimaryParser primaries;

	private StatementParser(TokenStream stream) {
		this.stream = stream;
		this.expressions = new ExpressionParser(stream);
		this.primaries = new PrimaryParser(stream, this.expressions);
	}

	static List<Stmt> parse(String template) {
		StatementParser parser = new StatementParser(new TokenStream(Lexer.tokenize(template)));
		return parser.statements(Set.of());
	}

	/** Parses up to a tag that ends the block, whose name stays in the stream. */
	private List<Stmt> statements(Set<String> ends) {
		this.stream.enter();
		List<Stmt> result = new ArrayList<>();
		while (true) {
			Token token = this.stream.next();
			switch (token.type()) {
				case DATA -> result.add(new Stmt.Data((String) token.value(), token.line()));
				case VARIABLE_BEGIN -> {
					result.add(new Stmt.Print(this.expressions.tuple(true, ""), token.line()));
					this.stream.expect(Type.VARIABLE_END);
				}
				case BLOCK_BEGIN -> {
					Token name = this.stream.current();
					if (name.type() == Type.NAME && ends.contains((String) name.value())) {
						this.stream.leave();
						return result;
					}
					statement(result);
					this.stream.expect(Type.BLOCK_END);
				}
				default -> {
					if (!ends.isEmpty()) {
						throw this.stream.fail("Unexpected end of template. Looking for one of " + ends);
					}
					this.stream.leave();
					return result;
				}
			}
		}
	}

	/** Parses the body of a block after its tag, and the tag that ends it. */
	private List<Stmt> body(String end) {
		List<Stmt> body = openBody(Set.of(end));
		this.stream.next();
		return body;
	}

	private List<Stmt> openBody(Set<String> ends) {
		this.stream.skipIf(":");
		this.stream.expect(Type.BLOCK_END);
		return statements(ends);
	}

	private void statement(List<Stmt> result) {
		int line = this.stream.current().line();
		String name = this.stream.name();
		switch (name) {
			case "if" -> result.add(ifStatement(line));
			case "for" -> result.add(forLoop(line));
			case "set" -> result.add(assignment(line));
			case "macro" -> result.add(macro(line));
			case "call" -> result.add(callBlock(line));
			case "filter" -> result.add(filterBlock(line));
			case "with" -> result.add(with(line));
			case "print" -> print(result, line);
			case "generation" -> result.add(new Stmt.Generation(body("endgeneration"), line));
			case "break" -> result.add(new Stmt.Break(line));
			case "continue" -> result.add(new Stmt.Continue(line));
			default -> throw Failure.syntax("Encountered unknown tag '" + name + "'").at(line);
		}
	}

	private Stmt ifStatement(int line) {
		List<Expr> tests = new ArrayList<>();
		List<List<Stmt>> bodies = new ArrayList<>();
		List<Stmt> otherwise = List.of();
		while (true) {
			tests.add(this.expressions.tuple(false, ""));
			bodies.add(openBody(Set.of("elif", "else", "endif")));
			String end = this.stream.name();
			if (end.equals("else")) {
				otherwise = body("endif");
			}
			if (!end.equals("elif")) {
				return new Stmt.If(tests, bodies, otherwise, line);
			}
		}
	}

	private Stmt forLoop(int line) {
		Expr target = this.expressions.target(false, "in");
		this.stream.expectName("in");
		Expr iterable = this.expressions.tuple(false, "recursive");
		Expr test = this.stream.skipIfName("if") ? this.expressions.expression() : null;
		boolean recursive = this.stream.skipIfName("recursive");
		List<Stmt> body = openBody(Set.of("endfor", "else"));
		List<Stmt> otherwise = this.stream.name().equals("else") ? body("endfor") : List.of();
		return new Stmt.For(target, iterable, test, recursive, body, otherwise, line);
	}

	private Stmt assignment(int line) {
		Expr target = this.expressions.target(true, "");
		if (this.stream.skipIf("=")) {
			return new Stmt.Assign(target, this.expressions.tuple(true, ""), line);
		}
		Expr.Filter filter = this.primaries.filters(null);
		return new Stmt.AssignBlock(target, filter, body("endset"), line);
	}

	private Stmt macro(int line) {
		String name = this.expressions.name(this.stream.name(), Use.STORE, line).name();
		Signature signature = signature();
		return new Stmt.Macro(name, signature, body("endmacro"), line);
	}

	private Signature signature() {
		List<Expr.Name> parameters = new ArrayList<>();
		List<Expr> defaults = new ArrayList<>();
		this.stream.expect("(");
		while (!this.stream.skipIf(")")) {
			if (!parameters.isEmpty()) {
				this.stream.expect(",");
			}
			int line = this.stream.current().line();
			parameters.add(this.expressions.name(this.stream.name(), Use.PARAMETER, line));
			if (this.stream.skipIf("=")) {
				defaults.add(this.expressions.expression());
			}
			else if (!defaults.isEmpty()) {
				throw this.stream.fail("non-default argument follows default argument");
			}
		}
		return new Signature(parameters, defaults);
	}

	private Stmt callBlock(int line) {
		Signature signature = this.stream.current().is("(") ? signature() : Signature.EMPTY;
		if (!(this.expressions.expression() instanceof Expr.Call call)) {
			throw Failure.syntax("expected call").at(line);
		}
		return new Stmt.CallBlock(call, signature, body("endcall"), line);
	}

	private Stmt filterBlock(int line) {
		Expr.Filter filter = this.primaries.filter(null);
		Expr.Filter chain = this.primaries.filters(filter);
		return new Stmt.FilterBlock((chain != null) ? chain : filter, body("endfilter"), line);
	}

	private Stmt with(int line) {
		List<Expr> targets = new ArrayList<>();
		List<Expr> values = new ArrayList<>();
		while (this.stream.current().type() != Type.BLOCK_END) {
			if (!targets.isEmpty()) {
				this.stream.expect(",");
			}
			targets.add(this.expressions.target(false, ""));
			this.stream.expect("=");
			values.add(this.expressions.expression());
		}
		return new Stmt.With(targets, values, body("endwith"), line);
	}

	private void print(List<Stmt> result, int line) {
		boolean first = true;
		while (this.stream.current().type() != Type.BLOCK_END) {
			if (!first) {
				this.stream.expect(",");
			}
			result.add(new Stmt.Print(this.expressions.expression(), line));
			first = false;
		}
	}

}
