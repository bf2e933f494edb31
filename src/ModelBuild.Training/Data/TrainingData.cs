using ModelBuild.Compiler;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Training;

/// <summary>
/// Samples to train on: files, folders of pictures, arrays or any sequence. Nothing is read before training begins; then all of it is held
/// in memory. Immutable: any thread may use it.
/// </summary>
public sealed class TrainingData
{
    private readonly Func<Graph, LoadedData> _load;

    private TrainingData(Func<Graph, LoadedData> load) => _load = load;

    /// <summary>Files of arrays (.npy, .npz, IDX, .gz of it), tables (.csv, .parquet) or pictures, in the order of the samples.</summary>
    /// <param name="files">Their paths.</param>
    /// <param name="labels">A .npy, .npz or IDX file with the number of the class of each sample; null where none are needed.</param>
    /// <param name="preprocessing">How pictures, and bytes in IDX files, become inputs; null where the arrays are inputs already.</param>
    public static TrainingData FromFiles(
        IReadOnlyList<string> files, string? labels = null, ImagePreprocessing? preprocessing = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        return new TrainingData(graph =>
        {
            CalibrationData samples = CalibrationData.Open(files, graph.Inputs, preprocessing);
            return FileSamples.Load(samples, graph, labels is null ? null : LabelFile.Read(labels, samples.Count, Classes(graph)));
        });
    }

    /// <summary>A folder with one folder of pictures for each class; classes are numbered in the ordinal order of their names.</summary>
    /// <param name="root">The folder around them.</param>
    /// <param name="preprocessing">How pictures become inputs.</param>
    public static TrainingData FromFolders(string root, ImagePreprocessing preprocessing)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        ArgumentNullException.ThrowIfNull(preprocessing);
        return new TrainingData(graph => FileSamples.LoadFolders(root, graph, preprocessing));
    }

    /// <summary>Samples of a model with one input, one after the other, and their classes.</summary>
    /// <param name="inputs">The elements of all samples in row-major order.</param>
    /// <param name="labels">A number from 0 on for each sample; how many there are says how many samples there are.</param>
    public static TrainingData FromArrays(float[] inputs, IReadOnlyList<long> labels)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        return new TrainingData(graph => ArraySamples.Load(inputs, labels.Count, graph) with
        {
            Labels = labels.Count == 0 ? null : ArraySamples.Labels(labels, labels.Count),
        });
    }

    /// <summary>Samples of a model with one input, one after the other, without labels: for distillation.</summary>
    /// <param name="inputs">The elements of all samples in row-major order.</param>
    /// <param name="count">How many samples they are.</param>
    public static TrainingData FromArrays(float[] inputs, int count)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return new TrainingData(graph => ArraySamples.Load(inputs, count, graph));
    }

    /// <summary>Any sequence of samples. It is gone through once for each training.</summary>
    /// <param name="samples">All with the same inputs, and labels or targets for all or none.</param>
    public static TrainingData From(IEnumerable<TrainingSample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return new TrainingData(graph => ArraySamples.Load(samples, graph));
    }

    /// <summary>The samples of these that come first.</summary>
    /// <param name="count">How many at most.</param>
    public TrainingData Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new TrainingData(graph =>
        {
            using LoadedData all = _load(graph);
            return all.Range(0, Math.Min(count, all.Count));
        });
    }

    /// <summary>All samples but those that come first.</summary>
    /// <param name="count">How many are left out.</param>
    public TrainingData Skip(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return new TrainingData(graph =>
        {
            using LoadedData all = _load(graph);
            return all.Range(Math.Min(count, all.Count), Math.Max(0, all.Count - count));
        });
    }

    /// <exception cref="CompilationException">MODELB4013: there are none, or they do not fit the model.</exception>
    internal LoadedData Load(Graph graph)
    {
        LoadedData data = _load(graph);
        return data.Count > 0 ? data : throw new CompilationException(
            DiagnosticCodes.TrainingSamples, "There is no sample to train on. Name files that hold some, or give a sequence that is not "
                + "empty.");
    }

    private static long? Classes(Graph graph) => graph.Outputs[0].Shape is [.., { IsConstant: true } last] ? last.Value : null;
}
