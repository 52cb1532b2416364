package io.llmserving.text.template;

import java.time.Clock;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.llmserving.text.template.ChatTemplateException.Kind;

/**
 * A compiled chat template. Text of users is never taken for template code. Rendering is
 * bounded in work, depth and length. Immutable; may be used by several threads at once.
 */
public final class ChatTemplate {

	private final String source;

	private final Program program;

	private ChatTemplate(String source, Program program) {
		this.source = source;
		this.program = program;
	}

	/**
	 * Compiles a template.
	 * @param source the template, as a model's files hold it
	 * @throws ChatTemplateException if it is malformed
	 */
	public static ChatTemplate compile(String source) {
		try {
			List<Stmt> statements = StatementParser.parse(source);
			return new ChatTemplate(source, Compiler.compile(statements));
		}
		catch (Failure failure) {
			throw failure.at(1);
		}
		catch (StackOverflowError ex) {
			throw new ChatTemplateException(Kind.LIMIT, "The template nests too deeply", 1);
		}
	}

	/**
	 * Renders a conversation. Whatever stems from a variable is untrusted, except for the
	 * model's special tokens ({@code bos_token}, {@code eos_token}, {@code unk_token},
	 * {@code pad_token}, {@code sep_token}, {@code cls_token}, {@code mask_token}), which
	 * must therefore not be taken from a request, and well-known values of {@code role}.
	 * @param variables such as {@code messages}, {@code tools}, {@code documents} and
	 * {@code add_generation_prompt}: maps, lists, strings, numbers, booleans and null. A
	 * variable that is absent is undefined; one that is null is None.
	 * @return the prompt and who wrote which part of it
	 * @throws ChatTemplateException if the template refuses the conversation or fails, or
	 * if a limit is exceeded
	 */
	public Rendering render(Map<String, ? extends @Nullable Object> variables) {
		return render(variables, Clock.systemDefaultZone(), Limits.DEFAULT);
	}

	Rendering render(Map<String, ? extends @Nullable Object> variables, Clock clock, Limits limits) {
		int line = 1;
		try {
			Execution run = new Execution(Inputs.variables(variables), clock, limits);
			try {
				return Rendering.of(this.program.run(run));
			}
			finally {
				line = run.line();
			}
		}
		catch (Failure failure) {
			throw failure.at(line);
		}
		catch (StackOverflowError ex) {
			throw new ChatTemplateException(Kind.LIMIT, "The template nests too deeply", line);
		}
	}

	/**
	 * Returns the template as it was given.
	 */
	public String source() {
		return this.source;
	}

}
