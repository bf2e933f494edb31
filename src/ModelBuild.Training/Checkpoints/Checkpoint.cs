using System.Security.Cryptography;
using System.Text;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Files;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Training.Networks;
using TorchSharp;
using CompilerTensor = ModelBuild.Compiler.Graphs.Tensor;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>
/// All that training is at some step: weights, masks, statistics, ranges, and what the optimizer keeps. In a file these are tensors by name
/// behind a magic number, with a hash of all at the end, so that a damaged file is found out.
/// </summary>
internal sealed record Checkpoint : IDisposable
{
    private const string Magic = "ModelBuild training 1";
    private const string MaskPrefix = "mask:";
    private const string StatisticsPrefix = "statistics:";
    private const string StatePrefix = "optimizer:";
    private const string WeightPrefix = "weight:";

    private readonly SortedDictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);

    /// <summary>Steps that were taken.</summary>
    public long Step { get; init; }

    /// <summary>Steps that the optimizer has taken.</summary>
    public long OptimizerSteps { get; init; }

    /// <summary>The best that validation has shown; −∞ where it has shown nothing.</summary>
    public double BestScore { get; init; }

    /// <summary>Epochs since then.</summary>
    public int EpochsWaited { get; init; }

    /// <summary>Copies all that there is now.</summary>
    public static Checkpoint Take(Network network, IEnumerable<LearnedTensor> learned, Optimizer optimizer)
    {
        var checkpoint = new Checkpoint { OptimizerSteps = optimizer.Steps };
        foreach (LearnedTensor tensor in learned)
        {
            Add(WeightPrefix + tensor.Name, tensor.Parameter);
        }

        foreach (TrainedTensor trained in network.Trained.Where(t => t.Mask is not null))
        {
            Add(MaskPrefix + trained.Name, trained.Mask!);
        }

        foreach ((string name, Tensor tensor) in network.Statistics)
        {
            Add(StatisticsPrefix + name, tensor);
        }

        foreach ((string name, Tensor tensor) in optimizer.State)
        {
            Add(StatePrefix + name, tensor);
        }

        return checkpoint;

        void Add(string name, Tensor tensor) => checkpoint._tensors[name] = tensor.detach().cpu().clone().DetachFromDisposeScope();
    }

    /// <summary>Puts all back.</summary>
    /// <exception cref="CompilationException">MODELB4016: it is of another model or mode.</exception>
    public void Restore(Network network, IEnumerable<LearnedTensor> learned, Optimizer optimizer)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using (torch.no_grad())
        {
            foreach (LearnedTensor tensor in learned)
            {
                tensor.Parameter.copy_(Find(WeightPrefix + tensor.Name, tensor.Parameter.shape));
            }
        }

        foreach (TrainedTensor trained in network.Trained.Where(t => _tensors.ContainsKey(MaskPrefix + t.Name)))
        {
            trained.SetMask(Find(MaskPrefix + trained.Name, trained.Parameter.shape).to(network.Device).clone());
        }

        foreach ((string name, Tensor tensor) in network.Statistics)
        {
            network.SetStatistics(name, Find(StatisticsPrefix + name, tensor.shape).to(network.Device));
        }

        foreach (string name in _tensors.Keys.Where(k => k.StartsWith(StatePrefix, StringComparison.Ordinal)))
        {
            string own = name[StatePrefix.Length..];
            if (optimizer.State.Remove(own, out Tensor? old))
            {
                old.Dispose();
            }

            optimizer.State[own] = _tensors[name].to(network.Device).clone().DetachFromDisposeScope();
        }

        optimizer.Steps = OptimizerSteps;
    }

    /// <exception cref="CompilationException">MODELB0018: the file cannot be written.</exception>
    public void Write(string path)
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(Step);
            writer.Write(OptimizerSteps);
            writer.Write(BestScore);
            writer.Write(EpochsWaited);
            writer.Write(_tensors.Count);
            foreach ((string name, Tensor tensor) in _tensors)
            {
                CompilerTensor plain = TorchTensors.ToCompiler(tensor);
                writer.Write(name);
                writer.Write((int)plain.Type);
                writer.Write(plain.Rank);
                foreach (long dimension in plain.Dimensions)
                {
                    writer.Write(dimension);
                }

                writer.Write(plain.Data.Span);
            }
        }

        byte[] bytes = content.ToArray();
        OutputFile.Write(path, stream =>
        {
            stream.Write(bytes);
            stream.Write(SHA256.HashData(bytes));
        });
    }

    /// <exception cref="CompilationException">MODELB4016: it cannot be read, or is damaged.</exception>
    public static Checkpoint Read(string path)
    {
        try
        {
            byte[] file = File.ReadAllBytes(path);
            if (file.Length < SHA256.HashSizeInBytes
                || !SHA256.HashData(file.AsSpan(0, file.Length - SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(
                    file.AsSpan(file.Length - SHA256.HashSizeInBytes)))
            {
                throw new CompilationException(
                    DiagnosticCodes.TrainingCheckpoint, $"'{path}' is no checkpoint of a training, or is damaged. Begin anew without "
                        + "it.", path);
            }

            using var reader = new BinaryReader(new MemoryStream(file), Encoding.UTF8);
            return Read(reader, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                DiagnosticCodes.TrainingCheckpoint,
                $"Checkpoint '{path}' cannot be read: {e.Message} Name the file that training has written, or begin anew without "
                    + "it.", path);
        }
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }

    private static Checkpoint Read(BinaryReader reader, string path)
    {
        if (reader.ReadString() != Magic)
        {
            throw new CompilationException(
                DiagnosticCodes.TrainingCheckpoint, $"'{path}' is a checkpoint of another version. Begin anew without it.", path);
        }

        var checkpoint = new Checkpoint
        {
            Step = reader.ReadInt64(),
            OptimizerSteps = reader.ReadInt64(),
            BestScore = reader.ReadDouble(),
            EpochsWaited = reader.ReadInt32(),
        };
        int count = reader.ReadInt32();
        for (int i = 0; i < count; i++)
        {
            string name = reader.ReadString();
            var type = (DataType)reader.ReadInt32();
            long[] dimensions = new long[reader.ReadInt32()];
            for (int d = 0; d < dimensions.Length; d++)
            {
                dimensions[d] = reader.ReadInt64();
            }

            int bytes = (int)dimensions.Aggregate((long)type.Size(), (product, d) => product * d);
            checkpoint._tensors.Add(
                name, TorchTensors.ToTorch(new CompilerTensor(type, dimensions, reader.ReadBytes(bytes))).DetachFromDisposeScope());
        }

        return checkpoint;
    }

    private Tensor Find(string name, long[] shape) =>
        _tensors.TryGetValue(name, out Tensor? tensor) && tensor.shape.AsSpan().SequenceEqual(shape) ? tensor
        : throw new CompilationException(
            DiagnosticCodes.TrainingCheckpoint,
            $"The checkpoint has no '{name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..]}' of the shape "
                + $"[{string.Join(",", shape)}]. "
                + "Resume with the same model, the same mode and the same optimizer as before.");
}
