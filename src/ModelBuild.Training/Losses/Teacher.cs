using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Names;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Training.Networks;
using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>A model that another is to become like. It is not trained.</summary>
internal sealed class Teacher : IDisposable
{
    private readonly ImportedModel _model;
    private readonly Network _network;
    private readonly Graph _student;
    private readonly double _temperature;
    private readonly (string Student, string Teacher)[] _between;
    private readonly Value[] _watched;

    /// <summary>What it says of all samples of a training, [samples, …]; empty where it is asked each time.</summary>
    private readonly Dictionary<Value, Tensor> _remembered = [];
    private LoadedData? _samples;

    public Teacher(
        string path, Graph student, double temperature, IEnumerable<(string Student, string Teacher)> between, torch.Device device)
    {
        _student = student;
        _temperature = temperature;
        _between = [.. between];
        _model = OnnxImporter.Open(path);
        Graph graph = _model.Graph;
        _network = new Network(graph, _ => false, device);
        string name = Path.GetFileName(path);
        if (graph.Inputs.Count != student.Inputs.Count || graph.Outputs.Count < student.Outputs.Count)
        {
            throw new CompilationException(
                DiagnosticCodes.TrainingOption,
                $"Teacher '{name}' has {graph.Inputs.Count} inputs and {graph.Outputs.Count} outputs, and the model "
                    + $"{student.Inputs.Count} and "
                    + $"{student.Outputs.Count}. A teacher takes the same samples and gives the same outputs.", path);
        }

        Dictionary<string, Value> values = graph.Values().ToDictionary(v => v.Name, StringComparer.Ordinal);
        _watched = [.. _between.Select(b => values.GetValueOrDefault(b.Teacher) ?? throw new CompilationException(
            DiagnosticCodes.TrainingOption,
            $"Teacher '{name}' has no tensor '{b.Teacher}'. Name one that a node of it "
                + $"makes.{Suggestion.For(b.Teacher, values.Keys)}", path))];
    }

    /// <summary>
    /// For outputs that are classes the divergence of the distributions at a temperature, times its square, so that gradients are as large
    /// as without; for others, and for tensors in between, the mean squared difference.
    /// </summary>
    public Tensor Loss(TrainingBatch batch)
    {
        IReadOnlyDictionary<Value, Tensor> taught = batch.Origin is { } origin && origin.Samples == _samples
            ? _remembered.ToDictionary(r => r.Key, r => r.Value.index_select(0, origin.Rows.to(r.Value.device))) : Run(batch.Inputs);
        Tensor? sum = null;
        for (int i = 0; i < _student.Outputs.Count; i++)
        {
            Value own = _student.Outputs[i];
            Value other = _network.Graph.Outputs[i];
            Tensor student = batch.Logits[own.Name];
            Logits mine = Logits.Of(own);
            Logits theirs = Logits.Of(other);
            Tensor teacher = taught[theirs.Value];
            Add(IsOfClasses(student) ? Divergence(mine.Rows(student), theirs.Rows(teacher))
                : functional.mse_loss(batch.Outputs[own.Name], taught[other]));
        }

        for (int i = 0; i < _between.Length; i++)
        {
            Add(functional.mse_loss(batch.Between[_between[i].Student], taught[_watched[i]]));
        }

        return sum!;

        void Add(Tensor term) => sum = sum is null ? term : sum.Plus(term);
    }

    /// <summary>How many samples it was asked about.</summary>
    public long Asked { get; private set; }

    /// <summary>
    /// Asks about all samples once, for a training that shows them several times: a teacher is usually larger than who learns from it. Does
    /// nothing where tensors in between are compared, or outputs are larger than inputs, which would be much memory.
    /// </summary>
    public void Remember(LoadedData samples, int batchSize, torch.Device device, CancellationToken cancellation)
    {
        Forget();
        if (_between.Length > 0)
        {
            return;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        var parts = new List<Dictionary<Value, Tensor>>();
        for (int start = 0; start < samples.Count; start += batchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope inner = torch.NewDisposeScope();
            int count = Math.Min(batchSize, samples.Count - start);
            TrainingBatch batch = samples.Batch([.. Enumerable.Range(start, count).Select(i => (long)i)], device);
            Dictionary<Value, Tensor> said = Run(batch.Inputs);
            if (said.Values.Any(t => t.dim() == 0 || t.shape[0] != count)
                || said.Values.Sum(t => t.numel()) > batch.Inputs.Values.Sum(t => t.numel()))
            {
                return;
            }

            foreach (Tensor tensor in said.Values)
            {
                tensor.MoveToOuterDisposeScope();
            }

            parts.Add(said);
        }

        foreach (Value value in parts[0].Keys)
        {
            _remembered.Add(value, torch.cat([.. parts.Select(p => p[value])]).DetachFromDisposeScope());
        }

        _samples = samples;
    }

    /// <summary>Lets go of what it remembers.</summary>
    public void Forget()
    {
        foreach (Tensor tensor in _remembered.Values)
        {
            tensor.Dispose();
        }

        _remembered.Clear();
        _samples = null;
    }

    public void Dispose()
    {
        Forget();
        _network.Dispose();
        _model.Dispose();
    }

    private static bool IsOfClasses(Tensor logits) => logits.dim() >= 2 && logits.shape[^1] > 1;

    private Dictionary<Value, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs)
    {
        Asked += inputs.Values.First().shape[0];
        using (torch.no_grad())
        {
            // Same names, or the same order.
            var given = _network.Graph.Inputs.Zip(_student.Inputs).ToDictionary(
                p => p.First.Name, p => inputs.GetValueOrDefault(p.First.Name) ?? inputs[p.Second.Name], StringComparer.Ordinal);
            return _network.Run(
                given, isTraining: false, [.. _network.Graph.Outputs.Select(o => Logits.Of(o).Value), .. _watched]);
        }
    }

    private Tensor Divergence(Tensor student, Tensor teacher)
    {
        Tensor own = functional.log_softmax(student / Scalars.Of(_temperature), -1);
        Tensor wanted = functional.log_softmax(teacher / Scalars.Of(_temperature), -1);
        return (wanted.exp() * (wanted - own)).sum(-1).mean() * Scalars.Of(_temperature * _temperature);
    }
}
