using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Compiler.Calibration;

/// <summary>What each sample is: the place of the element that has to be the largest of the first output.</summary>
internal static class LabelFile
{
    private const string ArrayName = "labels";

    /// <param name="file">A .npy or IDX file of integers, or a .npz archive with an array <c>labels</c>, or one array.</param>
    /// <param name="samples">How many there have to be.</param>
    /// <param name="classes">How many classes there are; null where that is open.</param>
    /// <exception cref="CompilationException">MODELB2015: it cannot be read, or does not hold a label for each sample.</exception>
    public static IReadOnlyList<long> Read(string file, int samples, long? classes = null)
    {
        if (!File.Exists(file))
        {
            throw Unfit($"does not exist. Correct the path ('{Path.GetFullPath(file)}'); it names one file");
        }

        using NpzReader? archive = string.Equals(Path.GetExtension(file), ".npz", StringComparison.OrdinalIgnoreCase)
            ? NpzReader.Open(file, ArrayUse.Labels) : null;
        using IArrayReader reader = archive is not null ? archive.OpenArray(Find(archive, file))
            : SampleGroup.FormatOf(file) == SampleFormat.Idx ? IdxReader.Open(file, ArrayUse.Labels)
            : NpyReader.Open(file, ArrayUse.Labels);
        long count = reader.Dimensions.Aggregate(1L, (product, d) => checked(product * d));
        if (reader.Type is not (DataType.UInt8 or DataType.Int8 or DataType.Int16 or DataType.UInt16 or DataType.Int32 or DataType.UInt32
            or DataType.Int64))
        {
            throw Unfit($"has elements of type {reader.Type}. Save the number of the class of each sample as an integer");
        }

        if (count != samples || reader.Dimensions.Count(d => d != 1) > 1)
        {
            throw Unfit(
                $"has the shape [{string.Join(",", reader.Dimensions)}], and there {(samples == 1 ? "is" : "are")} "
                    + $"{Plural.Of(samples, "sample")}. Give one label for each, in the "
                    + "order of the files of Calibration");
        }

        byte[] data = new byte[count * reader.Type.Size()];
        reader.Read(data);
        long[] labels = new Tensor(reader.Type, [count], data).ToInt64s();
        return Array.Find(labels, label => label < 0 || label >= classes) is var wrong && (wrong < 0 || wrong >= classes)
            ? throw Unfit($"holds the label {wrong}, and the first output has "
                + $"{Plural.Of(classes ?? 0, "element")}, counted from 0. Save the place of the "
                + "one that has to be the largest")
            : labels;

        CompilationException Unfit(string what) => new(ArrayUse.Labels.Code, $"{ArrayUse.Labels.Name} '{file}' {what}.", file);
    }

    private static string Find(NpzReader archive, string file) => archive.Arrays.Contains(ArrayName) ? ArrayName
        : archive.Arrays.Count == 1 ? archive.Arrays[0]
        : throw new CompilationException(
            ArrayUse.Labels.Code, $"{ArrayUse.Labels.Name} '{file}' has no array '{ArrayName}'. Name the array of labels so.", file);
}
