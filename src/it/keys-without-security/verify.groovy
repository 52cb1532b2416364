String log = new File(basedir, 'build.log').text
assert log.contains('APPLICATION FAILED TO START')
assert log.contains('llm.serving.security.api-keys is set, but org.springframework.boot:spring-boot-starter-security is not on the class path: the endpoints would be open to everybody.')
assert log.contains('Add the dependency org.springframework.boot:spring-boot-starter-security')
