package dev.understudy.tools.lab;

import dev.understudy.dispatcher.control.LoopControl;
import dev.understudy.dispatcher.control.api.ControlServer;
import dev.understudy.tools.net.TapDispatcher;
import dev.understudy.tools.run.ControlDoor;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/** A lab that is set up: its stage, and what stands in the middle. Closing takes both down, the middle first. */
interface LabHouse extends AutoCloseable {
    Stage stage();

    LoopControl control();

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
                public LoopControl control() {
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

    /** With the control socket open, so that others may look in; without one where there can be none, which is said. */
    static LabHouse withDoor(LabHouse house, Consumer<String> said) throws IOException {
        Optional<ControlServer> door =
                ControlDoor.open(Optional.empty(), house.control(), "lab", said);
        return new LabHouse() {
            @Override
            public Stage stage() {
                return house.stage();
            }

            @Override
            public LoopControl control() {
                return house.control();
            }

            @Override
            public void close() throws IOException {
                door.ifPresent(ControlServer::close);
                house.close();
            }
        };
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
            public LoopControl control() {
                return stage.understudy().control();
            }

            @Override
            public void close() {
                stage.close();
            }
        };
    }
}
