package io.llmserving.autoconfigure.openai;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.llmserving.api.GenerationRequest;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.SamplingParameters;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns bodies of {@code /chat/completions} and {@code /completions} into requests. Every
 * field is honoured, accepted as neutral, or refused by name. Safe for use by many
 * threads.
 */
public final class RequestParser {

	private static final int MAX_TOP_LOGPROBS = 20;

	private static final TypeReference<Map<String, Object>> VARIABLES = new TypeReference<>() {
	};

	private final JsonMapper json;

	private final ChatMessages messages;

	private final boolean lenient;

	/**
	 * Creates a parser.
	 * @param lenient whether unknown fields are ignored instead of refused
	 */
	public RequestParser(JsonMapper json, boolean lenient) {
		this.json = json;
		this.messages = new ChatMessages(json);
		this.lenient = lenient;
	}

	/**
	 * Reads a JSON object.
	 * @throws InvalidRequestException if the bytes are no JSON object
	 */
	public ObjectNode object(byte[] body) {
		try {
			JsonNode node = this.json.readTree(body);
			if (node instanceof ObjectNode object) {
				return object;
			}
			throw new InvalidRequestException("The body must be a JSON object", null, "invalid_json");
		}
		catch (JacksonException ex) {
			throw new InvalidRequestException("The body is not valid JSON: " + ex.getOriginalMessage(), null,
					"invalid_json");
		}
	}

	/**
	 * Reads the body of a chat completion.
	 */
	public ApiRequest chat(byte[] body, @Nullable String requestId) {
		return chat(new RequestFields(object(body)), requestId);
	}

	ApiRequest chat(RequestFields fields, @Nullable String requestId) {
		boolean logprobs = fields.bool("logprobs", false);
		Integer top = fields.integer("top_logprobs");
		if (top != null && top > 0 && !logprobs) {
			throw RequestFields.invalid("top_logprobs", "'top_logprobs' needs 'logprobs' to be true");
		}
		checkTop("top_logprobs", top);
		Integer maxTokens = fields.integer("max_tokens");
		Integer maxCompletionTokens = fields.integer("max_completion_tokens");
		SamplingParameters.Builder sampling = SamplingFields.read(fields)
			.maxTokens((maxCompletionTokens != null) ? maxCompletionTokens : maxTokens)
			.logprobs(logprobs ? (top != null) ? top : 0 : null)
			.promptLogprobs(fields.integer("prompt_logprobs"));
		GenerationRequest.Builder request = common(GenerationRequest.chat(this.messages.read(fields.node("messages"))),
				fields, requestId)
			.addGenerationPrompt(fields.bool("add_generation_prompt", true));
		ObjectNode variables = fields.object("chat_template_kwargs");
		if (variables != null) {
			request.templateVariables(withoutNulls(this.json.convertValue(variables, VARIABLES)));
		}
		refuseUnsupportedChat(fields);
		SamplingParameters parameters = sampling.build();
		ApiRequest.Style style = style(fields, logprobs, (top != null) ? top : 0, false, false, parameters.n());
		fields.rejectUnknown(this.lenient);
		return new ApiRequest(List.of(request.sampling(parameters).build()), style);
	}

	/**
	 * Reads the body of a text completion.
	 */
	public ApiRequest completion(byte[] body, @Nullable String requestId) {
		return completion(new RequestFields(object(body)), requestId);
	}

	ApiRequest completion(RequestFields fields, @Nullable String requestId) {
		Integer logprobs = fields.integer("logprobs");
		checkTop("logprobs", logprobs);
		boolean echo = fields.bool("echo", false);
		Integer maxTokens = fields.integer("max_tokens");
		if (maxTokens != null && maxTokens == 0 && !echo) {
			throw RequestFields.invalid("max_tokens", "'max_tokens' is 0, which makes sense with 'echo' only");
		}
		boolean echoOnly = maxTokens != null && maxTokens == 0;
		Integer promptLogprobs = fields.integer("prompt_logprobs");
		SamplingParameters parameters = SamplingFields.read(fields)
			.maxTokens((maxTokens == null) ? 16 : echoOnly ? 1 : maxTokens)
			.logprobs(logprobs)
			.promptLogprobs((echo && logprobs != null) ? logprobs : promptLogprobs)
			.build();
		boolean addSpecial = fields.bool("add_special_tokens", true);
		Integer bestOf = fields.integer("best_of");
		if (bestOf != null && bestOf != parameters.n()) {
			throw new InvalidRequestException("'best_of' must equal 'n'", "best_of", "unsupported_parameter");
		}
		fields.onlyNeutral("suffix", (value) -> value.asString("x").isEmpty(), "there is no fill-in-the-middle");
		fields.onlyNeutral("response_format", RequestParser::isText, "answers are plain text");
		List<GenerationRequest.Builder> prompts = Prompts.read(fields.node("prompt"));
		List<GenerationRequest> requests = new ArrayList<>();
		for (GenerationRequest.Builder prompt : prompts) {
			requests.add(common(prompt, fields, requestId).addSpecialTokens(addSpecial).sampling(parameters).build());
		}
		ApiRequest.Style style = style(fields, logprobs != null, (logprobs != null) ? logprobs : 0, echo, echoOnly,
				parameters.n());
		fields.rejectUnknown(this.lenient);
		return new ApiRequest(requests, style);
	}

	/**
	 * Reads the body of a tokenization.
	 */
	public TokenizeRequest tokenize(byte[] body) {
		return tokenize(new RequestFields(object(body)));
	}

	TokenizeRequest tokenize(RequestFields fields) {
		String prompt = fields.string("prompt");
		JsonNode chat = fields.node("messages");
		if ((prompt == null) == (chat == null)) {
			throw RequestFields.invalid("prompt", "Exactly one of 'prompt' and 'messages' must be there");
		}
		TokenizeRequest request = new TokenizeRequest(fields.string("model"), (prompt != null) ? prompt : "",
				(chat != null) ? this.messages.read(chat) : null, fields.bool("add_special_tokens", true),
				fields.bool("add_generation_prompt", true));
		fields.rejectUnknown(this.lenient);
		return request;
	}

	/**
	 * Reads the body of a detokenization.
	 */
	public TokenizeRequest.Detokenize detokenize(byte[] body) {
		return detokenize(new RequestFields(object(body)));
	}

	TokenizeRequest.Detokenize detokenize(RequestFields fields) {
		TokenizeRequest.Detokenize request = new TokenizeRequest.Detokenize(fields.string("model"),
				fields.integers("tokens"));
		fields.rejectUnknown(this.lenient);
		return request;
	}

	private GenerationRequest.Builder common(GenerationRequest.Builder request, RequestFields fields,
			@Nullable String requestId) {
		fields.ignore("user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key",
				"include_obfuscation");
		Integer priority = fields.integer("priority");
		String ownId = fields.string("request_id");
		String id = (requestId != null) ? requestId : ownId;
		return request.model(fields.string("model"))
			.priority((priority != null) ? priority : 0)
			.cacheSalt(fields.string("cache_salt"))
			.requestId((id != null) ? id : AnswerIdentity.randomTail())
			.truncatePromptTokens(fields.integer("truncate_prompt_tokens"));
	}

	private ApiRequest.Style style(RequestFields fields, boolean logprobs, int top, boolean echo, boolean echoOnly,
			int choices) {
		boolean stream = fields.bool("stream", false);
		ObjectNode options = fields.object("stream_options");
		boolean includeUsage = false;
		if (options != null) {
			if (!stream) {
				throw RequestFields.invalid("stream_options", "'stream_options' needs 'stream' to be true");
			}
			RequestFields inner = new RequestFields(options);
			includeUsage = inner.bool("include_usage", false);
			inner.ignore("include_obfuscation");
			inner.rejectUnknown(this.lenient);
		}
		return new ApiRequest.Style(fields.string("model"), stream, includeUsage, logprobs, top, echo, echoOnly,
				fields.bool("return_token_ids", false), fields.bool("return_tokens_as_token_ids", false), choices);
	}

	private static void refuseUnsupportedChat(RequestFields fields) {
		fields.onlyNeutral("tools", RequestParser::isEmptyList, "tool calls are not available yet");
		fields.onlyNeutral("functions", RequestParser::isEmptyList, "function calls are not available yet");
		fields.onlyNeutral("tool_choice", (value) -> List.of("none", "auto").contains(value.asString("")),
				"tool calls are not available yet");
		fields.onlyNeutral("function_call", (value) -> List.of("none", "auto").contains(value.asString("")),
				"function calls are not available yet");
		fields.onlyNeutral("parallel_tool_calls", JsonNode::isBoolean, "tool calls are not available yet");
		fields.onlyNeutral("response_format", RequestParser::isText, "answers are plain text");
		fields.onlyNeutral("modalities",
				(value) -> value.isArray() && value.size() == 1 && value.get(0).asString("").equals("text"),
				"answers are text");
		fields.onlyNeutral("echo", (value) -> !value.asBoolean(true), "chat answers do not repeat the prompt");
	}

	private static boolean isEmptyList(JsonNode value) {
		return value.isArray() && value.isEmpty();
	}

	private static boolean isText(JsonNode format) {
		return format.path("type").asString("").equals("text");
	}

	private static void checkTop(String field, @Nullable Integer top) {
		if (top != null && (top < 0 || top > MAX_TOP_LOGPROBS)) {
			throw RequestFields.invalid(field,
					"'%s' is %d; it must be from 0 to %d".formatted(field, top, MAX_TOP_LOGPROBS));
		}
	}

	private static Map<String, Object> withoutNulls(Map<String, Object> variables) {
		Map<String, Object> result = new HashMap<>(variables);
		result.values().removeIf((value) -> value == null);
		return result;
	}

}
