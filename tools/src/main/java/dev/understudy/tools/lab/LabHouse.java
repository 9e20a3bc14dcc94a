package dev.understudy.tools.lab;

import dev.understudy.dispatcher.control.Control;
import dev.understudy.tools.net.TapDispatcher;
import java.io.IOException;

/** A lab that is set up: its stage, and what stands in the middle. Closing takes both down, the middle first. */
interface LabHouse extends AutoCloseable {
    Stage stage();

    Control control();

    @Override
    void close() throws IOException;

    /** Kernels in namespaces, and TAP devices. */
    static LabHouse ofKernels() throws IOException {
        LabNetwork network = new LabNetwork();
        try {
            TapDispatcher dispatcher = network.connectDispatcher();
            return new LabHouse() {
                @Override
                public Stage stage() {
                    return network;
                }

                @Override
                public Control control() {
                    return dispatcher.understudy().control();
                }

                @Override
                public void close() throws IOException {
                    try {
                        dispatcher.close();
                    } finally {
                        network.close();
                    }
                }
            };
        } catch (IOException | RuntimeException e) {
            network.close();
            throw e;
        }
    }

    /** Hosts of our own on wires in memory. */
    static LabHouse inJvm() {
        JvmStage stage = new JvmStage();
        return new LabHouse() {
            @Override
            public Stage stage() {
                return stage;
            }

            @Override
            public Control control() {
                return stage.understudy().control();
            }

            @Override
            public void close() {
                stage.close();
            }
        };
    }
}
