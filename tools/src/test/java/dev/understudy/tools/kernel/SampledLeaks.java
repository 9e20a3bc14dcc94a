package dev.understudy.tools.kernel;

import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For tests under load: leaks are looked for in one buffer of many. To note where each buffer has been, as other tests do,
 * costs so much that a loop falls behind and the devices' queues overflow.
 */
final class SampledLeaks implements BeforeAllCallback, AfterAllCallback {
    private final ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();

    @Override
    public void beforeAll(ExtensionContext context) {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.ADVANCED);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        ResourceLeakDetector.setLevel(before);
    }
}
