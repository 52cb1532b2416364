String log = new File(basedir, 'build.log').text
assert log.contains('APPLICATION FAILED TO START')
assert log.contains("The model 'chat' cannot be loaded:")
assert log.contains('/no/such/model.gguf')
assert log.contains('llm.serving.models.chat.source')
assert !log.contains('\tat io.llmserving')
