using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Calibration.Pictures;

/// <summary>Pictures as arrays of samples.</summary>
internal static class PictureArrays
{
    private const string Remedy = "Say resize=… and crop=… in Preprocessing so that pictures get the size that the model takes.";

    /// <summary>One picture file is one sample.</summary>
    /// <exception cref="CompilationException">MODELB2002, MODELB2003: it cannot become the input.</exception>
    public static IArrayReader Open(string file, Value input, ImagePreprocessing? preprocessing)
    {
        var converter = new PictureConverter(input, preprocessing, file);
        (int height, int width) = PictureFile.Size(file);
        return new LoadedArray(
            Path.GetFileName(file), converter.IsBytes ? DataType.UInt8 : DataType.Float32, converter.Shape(height, width), Remedy,
            () => converter.Convert(PictureFile.Load(file)));
    }

    /// <summary>Bytes in an IDX file are gray pictures, [N, height, width], or vectors that are treated as such of one row.</summary>
    /// <exception cref="CompilationException">MODELB2002, MODELB2003: it cannot become the input.</exception>
    public static IArrayReader OpenIdx(string file, Value input, ImagePreprocessing preprocessing)
    {
        IdxReader reader = IdxReader.Open(file);
        try
        {
            if (reader.Type != DataType.UInt8 || reader.Dimensions.Count is not (2 or 3) || reader.Dimensions.Any(d => d is 0 or > 1 << 20))
            {
                return reader;
            }

            var converter = new PictureConverter(input, preprocessing, file);
            int height = reader.Dimensions.Count == 3 ? (int)reader.Dimensions[1] : 1;
            int width = (int)reader.Dimensions[^1];
            long[] shape = converter.Shape(height, width);
            bool hasBatch = input.KnownShape.Rank is 2 or 4;
            return new IdxPictures(reader, converter, height, width, hasBatch ? shape[1..] : shape);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    private sealed class IdxPictures(IdxReader reader, PictureConverter converter, int height, int width, long[] sample) : IArrayReader
    {
        public string Array => reader.Array;

        public DataType Type => converter.IsBytes ? DataType.UInt8 : DataType.Float32;

        public IReadOnlyList<long> Dimensions { get; } = [reader.Dimensions[0], .. sample];

        public string? Remedy => PictureArrays.Remedy;

        /// <summary>Of whole samples.</summary>
        public void Read(Span<byte> buffer)
        {
            while (!buffer.IsEmpty)
            {
                var pixels = new byte[height * width];
                reader.Read(pixels);
                byte[] converted = converter.Convert(new Picture(height, width, 1, pixels));
                converted.CopyTo(buffer);
                buffer = buffer[converted.Length..];
            }
        }

        public void Dispose() => reader.Dispose();
    }
}
