using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Training.Networks;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>Weights that know nothing yet.</summary>
internal static class RandomWeights
{
    /// <summary>
    /// Weights of products get uniform numbers with the variance 2 / inputs (He and others, 2015), those of recurrent layers 1 / (3 ·
    /// hidden); tables get normal ones; what is added begins with zero, what is multiplied with one.
    /// </summary>
    public static void Set(Network network, IReadOnlyDictionary<string, WeightLayout> layouts, int seed)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var random = new Random(seed);
        using (torch.no_grad())
        {
            foreach (TrainedTensor trained in network.Trained.Where(t => t.Parameter.requires_grad))
            {
                trained.Parameter.copy_(Numbers(trained, layouts, random));
            }
        }

        foreach ((string name, bool isVariance) in network.Graph.Nodes.Where(n => n.Is("BatchNormalization"))
            .SelectMany(n => ((string, bool)[])[(n.Required(3).Name, false), (n.Required(4).Name, true)]))
        {
            Tensor old = network.Statistics[name];
            network.SetStatistics(name, isVariance ? torch.ones_like(old) : torch.zeros_like(old));
        }
    }

    private static Tensor Numbers(TrainedTensor trained, IReadOnlyDictionary<string, WeightLayout> layouts, Random random)
    {
        long[] shape = trained.Parameter.shape;
        if (Recurrent.IsLayer(trained.Node))
        {
            return Uniform(Math.Sqrt(1.0 / trained.Node.Required(2).KnownShape[2].Value));
        }

        if (layouts.TryGetValue(trained.Name, out WeightLayout layout))
        {
            return Uniform(Math.Sqrt(6.0 / layout.Terms));
        }

        return trained.Node.Type switch
        {
            "Gather" => Uniform(Math.Sqrt(3)),
            "BatchNormalization" when trained.Input == 1 => torch.ones(shape),
            "Mul" => torch.ones(shape),
            "PRelu" => torch.full(shape, Scalars.Of(0.25)),
            _ => torch.zeros(shape),
        };

        // Of .NET's generator: the same on every machine.
        Tensor Uniform(double bound)
        {
            float[] numbers = new float[trained.Parameter.numel()];
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] = (float)(((random.NextDouble() * 2) - 1) * bound);
            }

            return torch.tensor(numbers, shape);
        }
    }
}
