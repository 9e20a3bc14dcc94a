package dev.understudy.tools.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.understudy.dispatcher.control.api.ApiAddress;
import dev.understudy.dispatcher.control.api.ApiClient;
import dev.understudy.dispatcher.control.api.ApiException;
import dev.understudy.dispatcher.control.api.ControlPlace;
import dev.understudy.tools.CommandFailure;
import dev.understudy.tools.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that every command to a running dispatcher has, and how it is reached: exit code 3 if there is none. */
public final class Daemon {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final byte[] NOTHING = {};

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--socket",
            paramLabel = "PATH",
            description = "The control socket, if it is not in its usual place.")
    private Path socket;

    @Option(names = "--json", description = "JSON on stdout: an object a line.")
    private boolean json;

    /** Needed by picocli's {@link Mixin}. */
    public Daemon() {}

    boolean json() {
        return json;
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    ApiAddress address() {
        if (socket != null) {
            return ApiAddress.socket(socket);
        }
        Optional<Path> found = ControlPlace.thatAnswers();
        return ApiAddress.socket(
                found.orElseThrow(
                        () ->
                                new CommandFailure(
                                        ExitCode.NO_DAEMON,
                                        "No understudy is running: none answers on "
                                                + ControlPlace.ofThisUser().stream()
                                                        .map(Path::toString)
                                                        .collect(Collectors.joining(" or "))
                                                + ". --socket names another place.")));
    }

    /** Does something with a client. */
    <T> T with(Call<T> call) {
        try (ApiClient client = new ApiClient(address())) {
            return call.on(client);
        } catch (ApiException e) {
            throw failure(e);
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.FAILURE, "The answer cannot be read: " + e.getMessage(), e);
        }
    }

    static CommandFailure failure(ApiException e) {
        return new CommandFailure(
                e.nobody() ? ExitCode.NO_DAEMON : ExitCode.FAILURE, e.getMessage(), e);
    }

    JsonNode get(String path) {
        return with(client -> JSON.readTree(client.get(path)));
    }

    /** Lets something be done, and says what was. */
    int post(String path, String body) {
        byte[] bytes =
                body.isEmpty() ? NOTHING : body.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return done(with(client -> JSON.readTree(client.post(path, bytes))));
    }

    int put(String path, String body) {
        byte[] bytes = body.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return done(with(client -> JSON.readTree(client.put(path, bytes))));
    }

    private int done(JsonNode outcome) {
        say(json ? outcome.toString() : outcome.path("sentence").asText());
        return ExitCode.OK;
    }

    void say(String line) {
        out().println(line);
        out().flush();
    }

    /** Prints each element as an object on its own line. */
    int lines(JsonNode list) {
        list.forEach(each -> out().println(each));
        out().flush();
        return ExitCode.OK;
    }

    /** What is done with a client. */
    interface Call<T> {
        T on(ApiClient client) throws ApiException, IOException;
    }
}
