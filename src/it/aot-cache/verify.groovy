String log = new File(basedir, 'build.log').text
assert log =~ /TRAINING 200 .*"completion_tokens":3/
assert log =~ /CACHED 200 .*"completion_tokens":3/
assert new File(basedir, 'target/app.aot').length() > 20_000_000
// All classes but those that are made at run time come from the cache.
List<String> loaded = new File(basedir, 'target/classes.log').readLines()
        .findAll { it =~ /\] (io\.llmserving|org\.springframework)\./ && !it.contains('$$') }
List<String> ours = loaded.findAll { it.contains(' io.llmserving.') }
assert ours.size() > 300
assert ours.count { it.contains('source: shared objects file') } > 0.95 * ours.size()
assert loaded.count { it.contains('source: shared objects file') } > 0.95 * loaded.size()
